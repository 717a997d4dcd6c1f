import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { thumbHashToApproximateAspectRatio } from 'thumbhash'
import { afterAll, describe, expect, test } from 'vitest'
import type { InspectedFile } from '../domain/ports.ts'
import { badFiles, jpeg, TAKEN } from '../testing/bad-files.ts'
import * as made from '../testing/media-files.ts'
import { createInspect } from './inspect.ts'

const root = await mkdtemp(join(tmpdir(), 'parley-inspect-'))
afterAll(() => rm(root, { recursive: true }))
const inspect = createInspect()

interface Sent {
  name?: string
  mime?: string | undefined
  isAllowed?: (mime: string) => boolean
  pictureOnly?: boolean
}

async function send(bytes: Buffer, { name = 'a', mime, isAllowed = () => true, pictureOnly = false }: Sent = {}) {
  const folder = await mkdtemp(join(root, 'upload-'))
  const path = join(folder, 'received')
  await writeFile(path, bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const outcome = inspect({ path, name, mime, size: bytes.length, sha256 }, { folder, isAllowed, pictureOnly })
  return { folder, outcome }
}

async function inspected(bytes: Buffer, sent?: Sent): Promise<InspectedFile> {
  return (await send(bytes, sent)).outcome
}

describe('bad files', () => {
  test.each(badFiles)('$title', async ({ name, mime, bytes, outcome }) => {
    const content = await bytes()
    const before = process.memoryUsage.rss()
    const sent = await send(content, { name, mime, isAllowed: (each) => TAKEN.has(each) })
    if (typeof outcome === 'string') {
      await expect(sent.outcome).rejects.toMatchObject({ code: outcome })
      expect(await readdir(sent.folder), 'nothing but what was sent').toEqual(['received'])
    } else {
      const { without, ...kept } = outcome
      const file = await sent.outcome
      expect(file).toMatchObject(kept)
      if (without) expect((await readFile(file.path)).includes(without, 0, 'latin1')).toBe(false)
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024)
  })
})

describe('pictures', () => {
  test('are upright, in sRGB, and say nothing of where and with what they were taken', async () => {
    const camera = await sharp({ create: { width: 600, height: 300, channels: 3, background: '#3377bb' } })
      .withExif({ IFD0: { Copyright: 'Ana', Make: 'Camera' }, IFD3: { GPSLatitude: '52/1 30/1 0/1' } })
      .withMetadata({ orientation: 6, icc: 'p3' })
      .jpeg()
      .toBuffer()
    const file = await inspected(camera, { name: 'IMG_1.JPG', mime: 'image/jpg' })
    expect(file).toMatchObject({
      name: 'IMG_1.JPG',
      mime: 'image/jpeg',
      kind: 'image',
      width: 300,
      height: 600,
      durationMs: null,
    })
    const metadata = await sharp(file.path).metadata()
    expect(metadata).toMatchObject({ format: 'jpeg', width: 300, height: 600, space: 'srgb' })
    for (const each of ['exif', 'icc', 'xmp', 'iptc', 'orientation'] as const) expect(metadata[each]).toBeUndefined()
    const bytes = await readFile(file.path)
    expect(bytes.length).toBe(file.size)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256)
  })

  test('have smaller pictures that are no larger than they are, and a placeholder of their shape', async () => {
    const large = await inspected(await jpeg(1600, 800))
    expect(large.variants.map(({ name, width, height, mime }) => [name, width, height, mime])).toEqual([
      ['thumbnail', 320, 160, 'image/webp'],
      ['medium', 1280, 640, 'image/webp'],
    ])
    for (const variant of large.variants)
      expect(await sharp(variant.path).metadata()).toMatchObject({ format: 'webp', width: variant.width })
    expect(thumbHashToApproximateAspectRatio(Buffer.from(large.placeholder ?? '', 'base64'))).toBeGreaterThan(1.5)
    const small = await inspected(await jpeg(100, 50))
    expect(small.variants.map(({ name, width }) => [name, width])).toEqual([['thumbnail', 100]])
  })

  test.each(['gif', 'webp'] as const)('that move keep moving: %s', async (format) => {
    const frames = Array.from({ length: 3 }, (_, at) => Buffer.alloc(40 * 30 * 3, at * 80))
    const film = sharp(Buffer.concat(frames), { raw: { width: 40, height: 90, channels: 3, pageHeight: 30 } })
    const file = await inspected(await film[format]({ delay: [100, 200, 300], loop: 2 }).toBuffer(), {
      name: `a.${format}`,
    })
    expect(file).toMatchObject({ width: 40, height: 30, mime: `image/${format}` })
    expect(await sharp(file.path, { animated: true }).metadata()).toMatchObject({
      pages: 3,
      delay: [100, 200, 300],
      loop: 2,
      pageHeight: 30,
    })
    expect(file.variants).toMatchObject([{ name: 'thumbnail', width: 40, height: 30, mime: 'image/webp' }])
    expect((await sharp(file.variants[0]?.path).metadata()).pages ?? 1).toBe(1)
  })

  test('keep what is clear in them, and their few colours', async () => {
    const clear = sharp({
      create: { width: 50, height: 50, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    })
    const file = await inspected(await clear.png({ palette: true }).toBuffer())
    const { data } = await sharp(file.path).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    expect([data[0], data[1], data[3]]).toEqual([255, 0, expect.closeTo(128, -1)])
    expect((await sharp(file.path).metadata()).isPalette).toBe(true)
  })

  test('of formats that are not decoded here are refused with the way out, or kept as downloads', async () => {
    const heic = Buffer.concat([
      made.box('ftyp', Buffer.from('heic\0\0\0\0heicmif1')),
      made.box('meta', Buffer.alloc(100)),
    ])
    await expect(inspected(heic, { name: 'a.heic', mime: 'image/heic' })).rejects.toMatchObject({
      code: 'unsupported_media_type',
      message: expect.stringContaining('JPEG'),
    })
    const tiff = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .tiff()
      .toBuffer()
    expect(await inspected(tiff, { name: 'a.tif', mime: 'image/tiff' })).toMatchObject({
      kind: 'file',
      mime: 'image/tiff',
      variants: [],
    })
  })

  test('are all that is taken where a picture is wanted', async () => {
    await expect(inspected(made.pdf, { name: 'a.pdf', pictureOnly: true })).rejects.toMatchObject({
      code: 'unsupported_media_type',
    })
    expect(await inspected(await jpeg(), { pictureOnly: true })).toMatchObject({ kind: 'image' })
  })
})

describe('films and sound', () => {
  const portrait = { width: 1920, height: 1080, turned: true }
  const recording = { audio: true, seconds: 12.5, recorded: true }
  test.each([
    [
      'a film',
      made.mp4({ video: { width: 640, height: 360 }, audio: true, seconds: 4.2 }),
      'a.mp4',
      'video/mp4',
      { mime: 'video/mp4', kind: 'video', width: 640, height: 360, durationMs: 4200 },
    ],
    [
      'a film taken upright',
      made.mp4({ video: portrait, seconds: 1, brand: 'qt  ' }),
      'a.mov',
      'video/quicktime',
      { mime: 'video/quicktime', width: 1080, height: 1920 },
    ],
    [
      'sound in MP4',
      made.mp4({ audio: true, seconds: 2 }),
      'voice.mp4',
      'audio/mp4',
      { mime: 'audio/mp4', kind: 'audio', width: null, durationMs: 2000 },
    ],
    [
      'a song',
      made.mp4({ audio: true, seconds: 2, brand: 'M4A ' }),
      'a.m4a',
      'audio/x-m4a',
      { mime: 'audio/mp4', kind: 'audio' },
    ],
    [
      'a WebM film',
      made.webm({ video: { width: 320, height: 240 }, audio: true, seconds: 7 }),
      'a.webm',
      'video/webm',
      { mime: 'video/webm', kind: 'video', width: 320, height: 240, durationMs: 7000 },
    ],
    [
      'what a browser recorded',
      made.webm(recording),
      'voice.webm',
      'audio/webm;codecs=opus',
      { mime: 'audio/webm', kind: 'audio', durationMs: 12_500 },
    ],
    [
      'MP3 behind a long title',
      Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x40\0', 'latin1'), Buffer.alloc(8192), made.mp3(100)]),
      'a.mp3',
      'audio/mp3',
      { mime: 'audio/mpeg', kind: 'audio', durationMs: expect.closeTo(2612, -2) },
    ],
    ['WAV', made.wav(3), 'a.wav', 'audio/x-wav', { mime: 'audio/wav', kind: 'audio', durationMs: 3000 }],
  ])('%s', async (_, bytes, name, mime, expected) => {
    const file = await inspected(bytes, { name, mime })
    expect(file).toMatchObject({ name, placeholder: null, variants: [], size: bytes.length, ...expected })
    expect(await readFile(file.path)).toEqual(bytes)
  })
})

describe('documents and texts', () => {
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  test.each([
    ['a Word document', made.docx(), 'Brief.docx', word, word],
    [
      'an older Word document',
      made.compoundFile('WordDocument'),
      'Brief.doc',
      'application/msword',
      'application/msword',
    ],
    ['an older table', made.compoundFile('Workbook'), 'a.xls', undefined, 'application/vnd.ms-excel'],
    ['a PDF', made.pdf, 'a.pdf', 'application/octet-stream', 'application/pdf'],
    ['a table as Windows declares it', Buffer.from('a;b\n1;2\n'), 'a.csv', 'application/vnd.ms-excel', 'text/csv'],
    ['a text that begins like a picture', Buffer.from('BMW, 2024\nGrüße'), 'a.txt', 'text/plain', 'text/plain'],
    ['a text in an older encoding', Buffer.from('Gr\u00fc\u00dfe', 'latin1'), 'a.txt', 'text/plain', 'text/plain'],
    ['a text in UTF-16', Buffer.from('\ufeffGrüße', 'utf16le'), 'a.txt', 'text/plain', 'text/plain'],
    ['a text called nothing special', Buffer.from('all: build\n'), 'Makefile', undefined, 'text/plain'],
    ['bytes that say nothing', Buffer.from([0, 1, 2, 3, 0, 0, 9, 250]), 'a.dat', undefined, 'application/octet-stream'],
  ])('%s', async (_, bytes, name, mime, expected) => {
    expect(await inspected(bytes, { name, mime })).toMatchObject({ name, mime: expected, kind: 'file' })
  })

  test('are refused when they are called what they are not', async () => {
    const refused = { code: 'unsupported_media_type' }
    await expect(inspected(Buffer.from([0, 1, 2]), { name: 'a.txt' })).rejects.toMatchObject(refused)
    await expect(inspected(Buffer.from([0, 1, 2]), { name: 'a.dat', mime: 'text/plain' })).rejects.toMatchObject(
      refused,
    )
    await expect(inspected(Buffer.from('a,b'), { name: 'a.csv', mime: 'image/png' })).rejects.toMatchObject({
      ...refused,
      message: 'It is declared as image/png, but its bytes are text (text/csv)',
    })
    const isAllowed = (mime: string) => mime !== 'application/pdf'
    await expect(inspected(made.pdf, { name: 'a.pdf', isAllowed })).rejects.toMatchObject(refused)
  })

  test('get the ending that they need to be opened', async () => {
    expect((await inspected(made.pdf, { name: 'Vertrag v1.2' })).name).toBe('Vertrag v1.2.pdf')
    expect((await inspected(made.pdf, { name: '' })).name).toBe('file.pdf')
    expect((await inspected(await jpeg(), { name: 'photo' })).name).toBe('photo.jpg')
  })
})
