import { type FileHandle, open } from 'node:fs/promises'
import { readAt } from '../types/file-head.ts'
import type { MediaFacts } from './media-facts.ts'

/** No header has more boxes than that. */
const MAX_BOXES = 20_000

interface Box {
  type: string
  /** Where what is in it begins and ends. */
  start: number
  end: number
}

interface Track {
  video: boolean
  audio: boolean
  width: number
  height: number
  seconds: number
}

/**
 * What an ISO base media file (MP4, M4A, MOV, 3GP) says of itself (ISO/IEC 14496-12). Only headers of boxes are read, and never more than
 * two levels into a track. Undefined where it has no tracks, or ends before it says.
 */
export async function readMp4(path: string, size: number): Promise<MediaFacts | undefined> {
  await using file = await open(path, 'r')
  const count = { boxes: 0 }
  const top = await boxesIn(file, { start: 0, end: size }, count)
  const moov = top?.find(({ type }) => type === 'moov')
  const header = moov && (await boxesIn(file, moov, count))
  if (!header) return undefined
  const tracks: Track[] = []
  for (const trak of header.filter(({ type }) => type === 'trak')) {
    const track = await readTrack(file, trak, count)
    if (!track) return undefined
    tracks.push(track)
  }
  const video = tracks.find((track) => track.video && track.width > 0 && track.height > 0)
  if (!video && !tracks.some(({ audio }) => audio)) return undefined
  const seconds = Math.max(await movieSeconds(file, header, count), ...tracks.map((track) => track.seconds))
  return {
    kind: video ? 'video' : 'audio',
    width: video?.width ?? null,
    height: video?.height ?? null,
    durationMs: seconds > 0 ? seconds * 1000 : null,
  }
}

/** The boxes between two places; undefined when one says that it goes on beyond. */
async function boxesIn(
  file: FileHandle,
  within: { start: number; end: number },
  count: { boxes: number },
): Promise<Box[] | undefined> {
  const boxes: Box[] = []
  for (let at = within.start; at + 8 <= within.end; ) {
    count.boxes += 1
    if (count.boxes > MAX_BOXES) return undefined
    const header = await readAt(file, at, 16)
    if (header.length < 8) return undefined
    const type = header.toString('latin1', 4, 8)
    // Zeros end a list in older films; what else was added behind the last box is not part of the film.
    if (!/^[\x20-\x7e\xa9][\x20-\x7e]{3}$/.test(type)) return boxes
    const short = header.readUInt32BE(0)
    if (short === 1 && header.length < 16) return undefined
    const length = short === 1 ? Number(header.readBigUInt64BE(8)) : short === 0 ? within.end - at : short
    const start = at + (short === 1 ? 16 : 8)
    if (at + length < start || at + length > within.end) return undefined
    boxes.push({ type, start, end: at + length })
    at += length
  }
  return boxes
}

async function readTrack(file: FileHandle, trak: Box, count: { boxes: number }): Promise<Track | undefined> {
  const boxes = await boxesIn(file, trak, count)
  const media = boxes?.find(({ type }) => type === 'mdia')
  const inMedia = media && (await boxesIn(file, media, count))
  if (!boxes || !inMedia) return undefined
  const handler = await read(file, inMedia, 'hdlr', 12)
  const kind = handler?.toString('latin1', 8, 12)
  const time = await read(file, inMedia, 'mdhd', 36)
  return {
    video: kind === 'vide',
    audio: kind === 'soun',
    ...sizeOf(await read(file, boxes, 'tkhd', 96)),
    seconds: time ? secondsOf(time) : 0,
  }
}

/** Films taken with a phone held upright lie on their side, and say how they are to be turned. */
function sizeOf(tkhd: Buffer | undefined): { width: number; height: number } {
  const matrix = tkhd?.[0] === 1 ? 52 : 40
  if (!tkhd || tkhd.length < matrix + 44) return { width: 0, height: 0 }
  const width = Math.round(tkhd.readUInt32BE(matrix + 36) / 65_536)
  const height = Math.round(tkhd.readUInt32BE(matrix + 40) / 65_536)
  const turned = tkhd.readInt32BE(matrix) === 0 && tkhd.readInt32BE(matrix + 4) !== 0
  return turned ? { width: height, height: width } : { width, height }
}

/** Of the film's or a track's header, which begin alike. */
function secondsOf(header: Buffer): number {
  const [scaleAt, long] = header[0] === 1 ? [20, true] : [12, false]
  if (header.length < scaleAt + (long ? 12 : 8)) return 0
  const scale = header.readUInt32BE(scaleAt)
  return scale === 0 ? 0 : ticks(header, scaleAt + 4, long) / scale
}

/** All bits set: not known. */
function ticks(buffer: Buffer, at: number, long: boolean): number {
  if (!long) return buffer.readUInt32BE(at) === 0xffff_ffff ? 0 : buffer.readUInt32BE(at)
  const value = buffer.readBigUInt64BE(at)
  return value === 0xffff_ffff_ffff_ffffn ? 0 : Number(value)
}

/** A recording in fragments says its length, if at all, beside its tracks. */
async function movieSeconds(file: FileHandle, moov: Box[], count: { boxes: number }): Promise<number> {
  const header = await read(file, moov, 'mvhd', 36)
  if (!header) return 0
  const scale = header.length >= 24 ? header.readUInt32BE(header[0] === 1 ? 20 : 12) : 0
  const extension = moov.find(({ type }) => type === 'mvex')
  const fragments = extension && (await boxesIn(file, extension, count))
  const mehd = fragments && (await read(file, fragments, 'mehd', 12))
  const long = mehd?.[0] === 1
  const inFragments = mehd && mehd.length >= (long ? 12 : 8) && scale > 0 ? ticks(mehd, 4, long) / scale : 0
  return Math.max(secondsOf(header), inFragments)
}

async function read(file: FileHandle, boxes: Box[], type: string, bytes: number): Promise<Buffer | undefined> {
  const box = boxes.find((each) => each.type === type)
  return box && readAt(file, box.start, Math.min(bytes, box.end - box.start))
}
