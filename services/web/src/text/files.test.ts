import { expect, test } from 'vitest'
import { attachment } from '../chat/fixtures.ts'
import { durationText, endingOf, filesText, sizeText } from './files.ts'

test('sizes are short', () => {
  expect([1, 1024, 1536, 10_300_000, 1024 ** 3].map(sizeText)).toEqual(['0.1 kB', '1 kB', '1.5 kB', '9.8 MB', '1 GB'])
})

test('durations are as clocks have them', () => {
  expect([0, 5_400, 65_000, 3_661_000].map(durationText)).toEqual(['0:00', '0:05', '1:05', '1:01:01'])
})

test('one line stands for the files of a message', () => {
  const photo = attachment('beach.png')
  const pdf = attachment('offer.pdf', { kind: 'file', mime: 'application/pdf' })
  const voice = attachment('Voice message.webm', { kind: 'audio', durationMs: 4_000, peaks: [1, 2] })
  expect([[], [photo], [photo, photo], [photo, pdf], [pdf], [voice]].map(filesText)).toEqual([
    '',
    'Photo',
    '2 photos',
    '2 files',
    'offer.pdf',
    'Voice message (0:04)',
  ])
})

test('an icon says how a name ends, or what it is where the name does not', () => {
  expect(endingOf({ name: 'a.b.docx', mime: 'x/y' })).toBe('DOCX')
  expect(endingOf({ name: 'nothing', mime: 'application/pdf' })).toBe('PDF')
})
