import type { AttachmentKind, ErrorCode } from '@parley/contracts'
import sharp from 'sharp'
import * as made from './media-files.ts'

/** What people send who mean no good, or whose files broke on the way; and what becomes of each under the rules of the presets. */
export interface BadFile {
  title: string
  name: string
  /** As it is declared. */
  mime: string
  bytes: () => Buffer | Promise<Buffer>
  /** The code that refuses it, or what is kept of it. */
  outcome: ErrorCode | { name: string; mime: string; kind: AttachmentKind; without?: string }
}

/** Types that a chat takes, such as the presets have. */
export const TAKEN = new Set([
  ...['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'video/mp4', 'video/webm', 'video/quicktime'],
  ...['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/webm', 'application/pdf', 'text/plain', 'application/msword'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
])

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const SCRIPT = '<script>alert(1)</script>'

const picture = (width = 64, height = 48) =>
  sharp({ create: { width, height, channels: 3, background: '#8844aa' } }).composite([
    { input: { create: { width: 20, height: 20, channels: 3, background: '#10c040' } }, top: 8, left: 12 },
  ])
export const jpeg = (width?: number, height?: number) => picture(width, height).jpeg().toBuffer()
const png = () => picture().png().toBuffer()
const gif = () => picture().gif().toBuffer()
const bytesOf = (text: string) => () => Buffer.from(text, 'latin1')
const after = async (first: Promise<Buffer>, more: string) => Buffer.concat([await first, Buffer.from(more)])
const part = (bytes: Buffer, share: number) => bytes.subarray(0, Math.floor(bytes.length * share))

/** A GIF with a comment (an extension that every decoder skips) behind its screen descriptor. */
async function gifWithScript(): Promise<Buffer> {
  const bytes = await gif()
  const table = (bytes[10] ?? 0) & 0x80 ? 3 * 2 ** (((bytes[10] ?? 0) & 7) + 1) : 0
  const text = Buffer.from('*/=1;alert(1);/*')
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe, text.length]), text, Buffer.from([0])])
  return Buffer.concat([
    bytes.subarray(0, 13 + table),
    comment,
    bytes.subarray(13 + table),
    Buffer.from('*/alert(1)//'),
  ])
}

const refused = 'unsupported_media_type'
const broken = 'unreadable_file'
const image = (mime: string, name: string, without?: string) => ({
  name,
  mime,
  kind: 'image' as const,
  ...(without && { without }),
})

export const badFiles: readonly BadFile[] = [
  {
    title: 'a picture declared as another type',
    name: 'a.png',
    mime: 'image/png',
    bytes: () => jpeg(),
    outcome: refused,
  },
  {
    title: 'a program called a picture',
    name: 'a.jpg',
    mime: 'image/jpeg',
    bytes: bytesOf(`MZ\x90\0\x03${'\0'.repeat(200)}`),
    outcome: refused,
  },
  {
    title: 'a picture with the ending of a program',
    name: 'photo.jpg.exe',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: refused,
  },
  {
    title: 'a program with two endings',
    name: 'photo.jpg.exe',
    mime: 'application/octet-stream',
    bytes: bytesOf(`MZ\x90\0${'\0'.repeat(200)}`),
    outcome: refused,
  },
  {
    title: 'a dot behind the ending of a program',
    name: 'photo.exe. .',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: refused,
  },
  {
    title: 'a page called a picture',
    name: 'a.png',
    mime: 'image/png',
    bytes: bytesOf(`<!DOCTYPE html><html>${SCRIPT}</html>`),
    outcome: refused,
  },
  {
    title: 'a page called a text',
    name: 'a.txt',
    mime: 'text/plain',
    bytes: bytesOf(`\n<!-- --><html>${SCRIPT}</html>`),
    outcome: refused,
  },
  {
    title: 'a drawing with a script',
    name: 'a.svg',
    mime: 'image/svg+xml',
    bytes: bytesOf(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">${SCRIPT}</svg>`),
    outcome: refused,
  },
  {
    title: 'a drawing called a picture',
    name: 'a.png',
    mime: 'image/png',
    bytes: bytesOf(`<svg onload="alert(1)"/>`),
    outcome: refused,
  },
  {
    title: 'a script that begins as a GIF',
    name: 'a.gif',
    mime: 'image/gif',
    bytes: bytesOf('GIF89a/*\0\0\0\0*/=1;alert(1)//'),
    outcome: broken,
  },
  {
    title: 'a script of letters alone that begins as a GIF',
    name: 'a.gif',
    mime: 'image/gif',
    bytes: bytesOf('GIF89a=1;alert(document.cookie)//'),
    outcome: refused,
  },
  {
    title: 'a GIF that is a script as well',
    name: 'a.gif',
    mime: 'image/gif',
    bytes: gifWithScript,
    outcome: image('image/gif', 'a.gif', 'alert(1)'),
  },
  {
    title: 'a picture with a page behind its end',
    name: 'a.jpg',
    mime: 'image/jpeg',
    bytes: () => after(jpeg(), SCRIPT),
    outcome: image('image/jpeg', 'a.jpg', SCRIPT),
  },
  {
    title: 'a picture with an archive behind its end',
    name: 'a.png',
    mime: 'image/png',
    bytes: async () => Buffer.concat([await png(), made.docx()]),
    outcome: image('image/png', 'a.png', 'PK\x03\x04'),
  },
  {
    title: 'a document that is a page as well',
    name: 'a.pdf',
    mime: 'application/pdf',
    bytes: bytesOf(`%PDF-1.4\n<html>${SCRIPT}</html>\n%%EOF`),
    outcome: { name: 'a.pdf', mime: 'application/pdf', kind: 'file' },
  },
  {
    title: 'a page that is a document as well',
    name: 'a.pdf',
    mime: 'application/pdf',
    bytes: bytesOf(`<html>${SCRIPT}</html>\n%PDF-1.4\n%%EOF`),
    outcome: refused,
  },
  {
    title: 'a PNG of 256 megapixels',
    name: 'a.png',
    mime: 'image/png',
    bytes: () => made.claimedPng(16_384, 16_384),
    outcome: broken,
  },
  {
    title: 'a PNG larger than any screen',
    name: 'a.png',
    mime: 'image/png',
    bytes: () => made.claimedPng(2 ** 31 - 1, 2 ** 31 - 1),
    outcome: broken,
  },
  {
    title: 'a PNG with fewer rows than it says',
    name: 'a.png',
    mime: 'image/png',
    bytes: () => made.claimedPng(4_000, 4_000),
    outcome: broken,
  },
  {
    title: 'a WebP of 10,000 frames',
    name: 'a.webp',
    mime: 'image/webp',
    bytes: async () =>
      made.animatedWebp(
        await sharp(await jpeg(), {})
          .resize(16, 16, { fit: 'fill' })
          .webp()
          .toBuffer(),
        10_000,
        16,
      ),
    outcome: broken,
  },
  { title: 'nothing', name: 'a.jpg', mime: 'image/jpeg', bytes: () => Buffer.alloc(0), outcome: broken },
  {
    title: 'half a JPEG',
    name: 'a.jpg',
    mime: 'image/jpeg',
    bytes: async () => part(await jpeg(600, 400), 0.5),
    outcome: broken,
  },
  { title: 'half a PNG', name: 'a.png', mime: 'image/png', bytes: async () => part(await png(), 0.6), outcome: broken },
  {
    title: 'half a film',
    name: 'a.mp4',
    mime: 'video/mp4',
    bytes: () => part(made.mp4({ video: { width: 640, height: 480 }, seconds: 3 }), 0.7),
    outcome: broken,
  },
  {
    title: 'half a recording',
    name: 'a.webm',
    mime: 'audio/webm',
    bytes: () => part(made.webm({ audio: true, seconds: 3 }), 0.7),
    outcome: broken,
  },
  { title: 'half a document', name: 'a.docx', mime: DOCX, bytes: () => part(made.docx(), 0.7), outcome: broken },
  { title: 'half a PDF', name: 'a.pdf', mime: 'application/pdf', bytes: () => part(made.pdf, 0.5), outcome: broken },
  { title: 'boxes in boxes in boxes', name: 'a.mp4', mime: 'video/mp4', bytes: nestedBoxes, outcome: broken },
  {
    title: 'half a million boxes',
    name: 'a.mp4',
    mime: 'video/mp4',
    bytes: () =>
      Buffer.concat([
        made.box('ftyp', Buffer.from('isom\0\0\0\0')),
        ...Array.from({ length: 500_000 }, () => made.box('free')),
      ]),
    outcome: broken,
  },
  {
    title: 'a song whose title is a gigabyte',
    name: 'a.mp3',
    mime: 'audio/mpeg',
    bytes: () => Buffer.concat([Buffer.from('ID3\x04\0\0\x7f\x7f\x7f\x7f', 'latin1'), made.mp3(20)]),
    outcome: broken,
  },
  {
    title: 'a document that unpacks to 64 MB',
    name: 'a.docx',
    mime: DOCX,
    bytes: () => made.docx(Buffer.alloc(64 * 1024 * 1024)),
    outcome: { name: 'a.docx', mime: DOCX, kind: 'file' },
  },
  {
    title: 'a document whose list of parts unpacks to 64 MB',
    name: 'a.docx',
    mime: DOCX,
    bytes: () =>
      made.zip([
        { name: '[Content_Types].xml', content: Buffer.alloc(64 * 1024 * 1024), claimed: 900 },
        { name: 'word/document.xml', content: Buffer.from('<w/>') },
      ]),
    outcome: { name: 'a.docx', mime: DOCX, kind: 'file' },
  },
  {
    title: 'an archive called a document',
    name: 'a.docx',
    mime: DOCX,
    bytes: () => made.zip([{ name: 'evil.js', content: Buffer.from('alert(1)') }]),
    outcome: refused,
  },
  {
    title: 'a name of 5,000 characters',
    name: `${'长'.repeat(5_000)}.jpg`,
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: image('image/jpeg', `${'长'.repeat(251)}.jpg`),
  },
  {
    title: 'a name that climbs out of its folder',
    name: '../../../../etc/cron.d/a.jpg',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: image('image/jpeg', 'a.jpg'),
  },
  {
    title: 'a name that climbs out of a Windows folder',
    name: 'C:\\..\\Windows\\a.jpg',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: image('image/jpeg', 'a.jpg'),
  },
  {
    title: 'a name that is nothing but a climb',
    name: '../..',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: image('image/jpeg', 'image.jpg'),
  },
  {
    title: 'a name that reads backwards',
    name: 'photo\u202egpj.exe',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: refused,
  },
  {
    title: 'a name that turns around',
    name: 'exe\u202egpj.\u2066x\u2069.jpg',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: image('image/jpeg', 'exegpj.x.jpg'),
  },
  {
    title: 'a name with what nobody sees',
    name: '\u200b\ufeff.in\u200bvoice\u00ad\u3164\u{e0061}\u0000.jpg',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: image('image/jpeg', 'invoice.jpg'),
  },
  {
    title: 'the name of a device',
    name: 'COM1.jpg',
    mime: 'image/jpeg',
    bytes: () => jpeg(),
    outcome: image('image/jpeg', '_COM1.jpg'),
  },
]

function nestedBoxes(): Buffer {
  const bytes = Buffer.alloc(8 * 100_000)
  for (let at = 0; at < bytes.length; at += 8) {
    bytes.writeUInt32BE(bytes.length - at, at)
    bytes.write(at === 0 ? 'moov' : 'trak', at + 4, 'latin1')
  }
  return Buffer.concat([made.box('ftyp', Buffer.from('isom\0\0\0\0')), bytes])
}
