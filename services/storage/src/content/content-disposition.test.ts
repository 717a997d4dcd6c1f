import { expect, test } from 'vitest'
import { contentDisposition } from './content-disposition.ts'
import { cleanFileName } from './file-name.ts'
import { showsInline } from './types/media-types.ts'

test('names go out in ASCII for those who know no more, and as they are', () => {
  expect(contentDisposition('a.pdf', 'attachment')).toBe('attachment; filename=a.pdf')
  expect(contentDisposition('Größe 50%.pdf', 'inline')).toBe(
    `inline; filename="Gro_e 50_.pdf"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%2050%25.pdf`,
  )
  expect(contentDisposition('见"积.pdf', 'attachment')).toBe(
    `attachment; filename=___.pdf; filename*=UTF-8''%E8%A7%81%22%E7%A7%AF.pdf`,
  )
})

test('nothing that could run is shown where it stands', () => {
  for (const mime of ['image/svg+xml', 'text/html', 'application/pdf', 'text/plain', 'application/xml', 'image/tiff'])
    expect(showsInline(mime)).toBe(false)
  for (const mime of ['image/jpeg', 'video/mp4', 'audio/webm']) expect(showsInline(mime)).toBe(true)
})

test('what people write stays in a name: other scripts, families of emoji, letters that need a joiner', () => {
  for (const name of ['письмо.txt', '👩‍👩‍👧 ❤️.png', 'می‌خواهم.txt', 'e\u0301'.normalize('NFC')])
    expect(cleanFileName(name)).toBe(name)
  expect(cleanFileName('e\u0301.txt')).toBe('\u00e9.txt')
  expect(cleanFileName('a\u200db\n"c"?.txt')).toBe('ab _c__.txt')
})
