import { type FileHandle, open } from 'node:fs/promises'
import { readAt } from '../types/file-head.ts'
import type { MediaFacts } from './media-facts.ts'

/** Ten hours of sound in blocks of 20 ms. */
const MAX_ELEMENTS = 2_000_000
const WINDOW = 4096

const SEGMENT = 0x18538067
const INFO = 0x1549a966
const TRACKS = 0x1654ae6b
const TRACK = 0xae
const VIDEO = 0xe0
const CLUSTER = 0x1f43b675
const BLOCK_GROUP = 0xa0
/** Elements that are entered; their ends need no keeping, since what is in each has ids of its own. */
const ENTERED = new Set([SEGMENT, INFO, TRACKS, TRACK, VIDEO, CLUSTER, BLOCK_GROUP])

const TIMESTAMP_SCALE = 0x2ad7b1
const DURATION = 0x4489
const TRACK_TYPE = 0x83
const PIXEL_WIDTH = 0xb0
const PIXEL_HEIGHT = 0xba
const CLUSTER_TIMESTAMP = 0xe7
const SIMPLE_BLOCK = 0xa3
const BLOCK = 0xa1

/**
 * What a WebM file says of itself (RFC 8794 and 9559). Browsers record without saying how long, since they write it as they go: then the
 * last block tells. Undefined where it has no tracks, or ends before it says.
 */
export async function readWebm(path: string, size: number): Promise<MediaFacts | undefined> {
  await using handle = await open(path, 'r')
  const file = new Window(handle)
  let [scale, duration, cluster, last] = [1_000_000, 0, 0, 0]
  let [width, height, video, audio] = [0, 0, false, false]
  for (let at = 0, elements = 0; at < size; elements++) {
    if (elements === MAX_ELEMENTS) return undefined
    const id = await file.variable(at, 'id')
    const length = id && (await file.variable(at + id.bytes, 'size'))
    if (!id || !length) return undefined
    const start = at + id.bytes + length.bytes
    const end = length.value === undefined ? undefined : start + length.value
    if (end !== undefined && end > size) return undefined
    if (ENTERED.has(id.value ?? 0)) {
      // What was recorded whole says how long it is before the first cluster.
      if (id.value === CLUSTER && duration > 0 && end !== undefined) at = end
      else at = start
      continue
    }
    // Only what is entered may be without an end.
    if (end === undefined) return undefined
    if (id.value === TIMESTAMP_SCALE) scale = (await file.unsigned(start, end)) || scale
    else if (id.value === DURATION) duration = await file.float(start, end)
    else if (id.value === TRACK_TYPE) {
      const type = await file.unsigned(start, end)
      video ||= type === 1
      audio ||= type === 2
    } else if (id.value === PIXEL_WIDTH) width ||= await file.unsigned(start, end)
    else if (id.value === PIXEL_HEIGHT) height ||= await file.unsigned(start, end)
    else if (id.value === CLUSTER_TIMESTAMP) cluster = await file.unsigned(start, end)
    else if (id.value === SIMPLE_BLOCK || id.value === BLOCK)
      last = Math.max(last, cluster + (await file.blockTime(start)))
    at = end
  }
  if (!video && !audio) return undefined
  const milliseconds = ((duration > 0 ? duration : last) * scale) / 1_000_000
  return {
    kind: video ? 'video' : 'audio',
    width: video && width > 0 ? width : null,
    height: video && height > 0 ? height : null,
    durationMs: milliseconds > 0 ? milliseconds : null,
  }
}

/** Reads small things of a file that lie near one another. */
class Window {
  readonly #file: FileHandle
  #from = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(file: FileHandle) {
    this.#file = file
  }

  async #at(position: number, length: number): Promise<Buffer> {
    if (position < this.#from || position + length > this.#from + this.#bytes.length) {
      this.#bytes = await readAt(this.#file, position, WINDOW)
      this.#from = position
    }
    return this.#bytes.subarray(position - this.#from, position - this.#from + length)
  }

  /** A number that tells its own length: an id with its marker, a size without; a size that is not known has no value. */
  async variable(
    position: number,
    kind: 'id' | 'size',
  ): Promise<{ bytes: number; value: number | undefined } | undefined> {
    const buffer = await this.#at(position, 8)
    const first = buffer[0]
    if (!first) return undefined
    const bytes = Math.clz32(first) - 23
    if (buffer.length < bytes || (kind === 'id' && bytes > 4)) return undefined
    let value = kind === 'id' ? first : first & (0xff >> bytes)
    let ones = (first & (0xff >> bytes)) === 0xff >> bytes
    for (let each = 1; each < bytes; each++) {
      value = value * 256 + (buffer[each] ?? 0)
      ones &&= buffer[each] === 0xff
    }
    return { bytes, value: kind === 'size' && ones ? undefined : value }
  }

  async unsigned(start: number, end: number): Promise<number> {
    const length = Math.min(8, end - start)
    let value = 0
    for (const byte of await this.#at(start, length)) value = value * 256 + byte
    return value
  }

  async float(start: number, end: number): Promise<number> {
    const bytes = await this.#at(start, Math.min(8, end - start))
    if (bytes.length === 4) return bytes.readFloatBE(0)
    return bytes.length === 8 ? bytes.readDoubleBE(0) : 0
  }

  /** When a block begins, after its cluster does: a signed number behind that of its track. */
  async blockTime(start: number): Promise<number> {
    const track = await this.variable(start, 'size')
    const time = track && (await this.#at(start + track.bytes, 2))
    return time?.length === 2 ? time.readInt16BE(0) : 0
  }
}
