import { deflateRawSync, deflateSync, crc32 as zlibCrc32 } from 'node:zlib'

/** Files of every kind, made byte by byte: small, and right in all that a reader of headers looks at. */

/** A box of an MP4 file. */
export function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}

export interface Film {
  video?: { width: number; height: number; turned?: boolean }
  audio?: boolean
  seconds: number
  brand?: string
}

export function mp4({ video, audio = false, seconds, brand = 'isom' }: Film): Buffer {
  const duration = (bytes: number) => {
    const header = Buffer.alloc(bytes)
    header.writeUInt32BE(1000, 12)
    header.writeUInt32BE(Math.round(seconds * 1000), 16)
    return header
  }
  const handler = (kind: string) => {
    const hdlr = Buffer.alloc(25)
    hdlr.write(kind, 8, 'latin1')
    return box('mdia', box('mdhd', duration(24)), box('hdlr', hdlr))
  }
  const tkhd = Buffer.alloc(84)
  if (video) {
    const [a, b, c, d] = video.turned ? [0, 65_536, -65_536, 0] : [65_536, 0, 0, 65_536]
    for (const [at, value] of [
      [40, a],
      [44, b],
      [52, c],
      [56, d],
    ] as const)
      tkhd.writeInt32BE(value, at)
    tkhd.writeUInt32BE(video.width * 65_536, 76)
    tkhd.writeUInt32BE(video.height * 65_536, 80)
  }
  const tracks = [
    ...(video ? [box('trak', box('tkhd', tkhd), handler('vide'))] : []),
    ...(audio ? [box('trak', box('tkhd', Buffer.alloc(84)), handler('soun'))] : []),
  ]
  return Buffer.concat([
    box('ftyp', Buffer.from(`${brand}\0\0\x02\0${brand}`, 'latin1')),
    box('moov', box('mvhd', duration(100)), ...tracks),
    box('mdat', Buffer.alloc(2000, 7)),
  ])
}

const UNKNOWN_SIZE = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])

function element(id: number, body: Buffer, size?: Buffer): Buffer {
  const hex = id.toString(16)
  const head = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(body.length) | (1n << 56n))
  return Buffer.concat([head, size ?? length, body])
}

/** As browsers record it when `recorded`: without sizes of what is not ended yet, and without saying how long it is. */
export function webm(film: Omit<Film, 'brand'> & { recorded?: boolean }): Buffer {
  const { video, audio = false, seconds, recorded = false } = film
  const number = (value: number) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex')
  const duration = Buffer.alloc(8)
  duration.writeDoubleBE(seconds * 1000)
  const track = (type: number, more: Buffer[]) =>
    element(0xae, Buffer.concat([element(0x83, Buffer.from([type])), ...more]))
  const tracks = [
    ...(video
      ? [
          track(1, [
            element(0xe0, Buffer.concat([element(0xb0, number(video.width)), element(0xba, number(video.height))])),
          ]),
        ]
      : []),
    ...(audio ? [track(2, [])] : []),
  ]
  const clusters = [0, Math.max(0, seconds * 1000 - 500)].map((start) => {
    const block = Buffer.concat([
      Buffer.from([0x81]),
      Buffer.from([500 >> 8, 500 & 255]),
      Buffer.from([0x80]),
      Buffer.alloc(900, 3),
    ])
    const body = Buffer.concat([element(0xe7, number(start)), element(0xa3, block)])
    return element(0x1f43b675, body, recorded ? UNKNOWN_SIZE : undefined)
  })
  const segment = Buffer.concat([
    element(
      0x1549a966,
      Buffer.concat([element(0x2ad7b1, number(1_000_000)), ...(recorded ? [] : [element(0x4489, duration)])]),
    ),
    element(0x1654ae6b, Buffer.concat(tracks)),
    ...clusters,
  ])
  return Buffer.concat([
    element(0x1a45dfa3, Buffer.concat([element(0x4286, Buffer.from([1])), element(0x4282, Buffer.from('webm'))])),
    element(0x18538067, segment, recorded ? UNKNOWN_SIZE : undefined),
  ])
}

/** Sound at 8,000 samples of 8 bits a second. */
export function wav(seconds: number): Buffer {
  const samples = Buffer.alloc(seconds * 8000, 128)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(8000, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}

/** Silence, in frames of MPEG-1 Layer III at 128 kbit/s and 44.1 kHz. */
export function mp3(frames: number): Buffer {
  const frame = Buffer.alloc(417)
  frame.writeUInt32BE(0xfffb9064)
  return Buffer.concat(Array.from({ length: frames }, () => frame))
}

export interface ZipEntry {
  name: string
  content: Buffer
  /** What the archive says the entry unpacks to, where that is not the truth. */
  claimed?: number
  stored?: boolean
}

export function zip(entries: ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, claimed = content.length, stored = false } of entries) {
    const data = stored ? content : deflateRawSync(content)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(stored ? 0 : 8, 4)
    common.writeUInt32LE(crc(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(claimed, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), data])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const names = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(names.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, names, end])
}

const CONTENT_TYPES =
  '<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ' +
  'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'

export function docx(document: ZipEntry['content'] = Buffer.from('<w:document/>')): Buffer {
  return zip([
    { name: 'word/document.xml', content: document },
    { name: '[Content_Types].xml', content: Buffer.from(CONTENT_TYPES) },
  ])
}

/** A document of the older office programs: a directory with one stream of that name. */
export function compoundFile(stream: string): Buffer {
  const header = Buffer.alloc(512)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header)
  header.writeUInt16LE(9, 30)
  header.writeUInt32LE(1, 48)
  header.writeUInt32LE(0, 76)
  const table = Buffer.alloc(512, 0xff)
  table.writeUInt32LE(0xfffffffd, 0)
  // The directory goes on in the third sector.
  table.writeUInt32LE(2, 4)
  table.writeUInt32LE(0xfffffffe, 8)
  const entry = (name: string) => {
    const bytes = Buffer.alloc(128)
    bytes.write(name, 0, 'utf16le')
    bytes.writeUInt16LE((name.length + 1) * 2, 64)
    return bytes
  }
  const directory = Buffer.concat([
    entry('Root Entry'),
    ...Array.from({ length: 5 }, (_, at) => entry(`x${at}`)),
    entry(stream),
    entry(''),
  ])
  return Buffer.concat([header, table, directory, Buffer.alloc(512)])
}

export const pdf = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n',
)

/** A PNG that says it is so large, with few bytes behind it that unpack to rows of zeros. */
export function claimedPng(width: number, height: number): Buffer {
  const ihdr = Buffer.alloc(13)
  ihdr.writeUInt32BE(width, 0)
  ihdr.writeUInt32BE(height, 4)
  ihdr.set([8, 6, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', ihdr),
    chunk('IDAT', deflateSync(Buffer.alloc(100_000))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, sum])
}

function crc(bytes: Buffer): number {
  return zlibCrc32(bytes)
}

/** An animated WebP with the one frame of a still one again and again. */
export function animatedWebp(still: Buffer, frames: number, side: number): Buffer {
  const riff = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(data.length)
    return Buffer.concat([Buffer.from(type, 'latin1'), length, data, Buffer.alloc(data.length % 2)])
  }
  const extended = Buffer.alloc(10)
  extended[0] = 0x02
  extended.writeUIntLE(side - 1, 4, 3)
  extended.writeUIntLE(side - 1, 7, 3)
  const frame = Buffer.alloc(16)
  frame.writeUIntLE(side - 1, 6, 3)
  frame.writeUIntLE(side - 1, 9, 3)
  frame.writeUIntLE(40, 12, 3)
  const animated = riff('ANMF', Buffer.concat([frame, still.subarray(12)]))
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    riff('VP8X', extended),
    riff('ANIM', Buffer.alloc(6)),
    ...Array.from({ length: frames }, () => animated),
  ])
  return riff('RIFF', body)
}
