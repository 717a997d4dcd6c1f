import type { Head } from '../shapes/edge.ts'

/**
 * The live envelope: what a publisher tells every gateway after a commit, on `parley.live.v1.<shard>`.
 *
 * Everything a gateway needs to decide whether an entry concerns it, and whether it is next in line, stands in front of
 * the JSON, so that entries for nobody here cost no parsing. Fields are length-prefixed because the host's ids may hold
 * any printable character. Numbers are big-endian; u48 holds every sequence number that we will ever reach.
 *
 *   envelope  u8 version=1 · str8 publisherId · u48 number · u16 entries · entry* · rest
 *   rest      [u48 committed at, epoch ms, or 0 · [u16 traced · (u16 place of the entry · str8 traceparent)*]]
 *   entry     u32 bytes that follow · 16 bytes conversation · u48 seq · u48 rev · u16 span · u48 aboutSeq · str8 tenant ·
 *             str8 event · u48 audience version + 1, or 0 · u16 users · str16* · JSON to the entry's end
 */
export interface LiveEntry {
  tenantId: string
  conversationId: string
  /** The conversation's head after this change. */
  seq: number
  rev: number
  /** How many positions of the conversation (seq + rev) the entry stands for: 0 for what is personal. */
  span: number
  /** Only those who may see this message may hear the entry; 0 where it is about no message. */
  aboutSeq: number
  audience: LiveAudience
  /** The socket event to emit, or '' where the entry only tells the head. */
  event: string
  /** The event's argument as JSON, encoded once for everybody. */
  json: string
  /** Of a change that is traced: what tells others that their work belongs to it (W3C Trace Context). */
  traceparent?: string
}

/** The members as of a participants version (null: no members), and these users besides. */
export interface LiveAudience {
  version: number | null
  userIds: readonly string[]
}

/** An entry that emits nothing to anybody, but shows how far the conversation has come, and so what is missing. */
export function headOnly(tenantId: string, { conversationId, seq, rev }: Head): LiveEntry {
  const audience = { version: null, userIds: [] }
  return { tenantId, conversationId, seq, rev, span: 0, aboutSeq: 0, audience, event: '', json: '' }
}

/** Up to this many participants are named in the envelope; gateways cache larger audiences by version. */
export const MAX_INLINE_AUDIENCE = 16
/** Above this many participants a receipt per reader would be a message to everybody per reader: only counts go out. */
export const MAX_NAMED_READERS = 50

const FORMAT = 1
const FIXED_ENTRY_BYTES = 16 + 6 + 6 + 2 + 6 + 1 + 1 + 6 + 2

/** Bytes that the entry will take in an envelope; never less than the truth. */
export function liveEntrySize(entry: LiveEntry): number {
  let size = 4 + FIXED_ENTRY_BYTES + entry.tenantId.length + entry.event.length + Buffer.byteLength(entry.json)
  for (const userId of entry.audience.userIds) size += 2 + Buffer.byteLength(userId)
  return size
}

/** `committedAt`: when all of it was committed, in epoch milliseconds by the publisher's clock; 0 where that is long ago. */
export function encodeLiveEnvelope(
  publisherId: string,
  number: number,
  entries: readonly LiveEntry[],
  committedAt = 0,
): Uint8Array {
  const traced = entries.flatMap(({ traceparent }, place) => (traceparent === undefined ? [] : { place, traceparent }))
  let size = 1 + 1 + publisherId.length + 6 + 2 + (committedAt > 0 || traced.length > 0 ? 6 : 0)
  if (traced.length > 0) size += traced.reduce((sum, one) => sum + 3 + one.traceparent.length, 2)
  for (const entry of entries) size += liveEntrySize(entry)
  const buffer = Buffer.allocUnsafe(size)
  let at = buffer.writeUInt8(FORMAT, 0)
  at = writeShort(buffer, publisherId, at)
  at = buffer.writeUIntBE(number, at, 6)
  at = buffer.writeUInt16BE(entries.length, at)
  for (const entry of entries) {
    const start = at
    at += 4
    at += buffer.write(entry.conversationId.replaceAll('-', ''), at, 'hex')
    at = buffer.writeUIntBE(entry.seq, at, 6)
    at = buffer.writeUIntBE(entry.rev, at, 6)
    at = buffer.writeUInt16BE(entry.span, at)
    at = buffer.writeUIntBE(entry.aboutSeq, at, 6)
    at = writeShort(buffer, entry.tenantId, at)
    at = writeShort(buffer, entry.event, at)
    at = buffer.writeUIntBE(entry.audience.version === null ? 0 : entry.audience.version + 1, at, 6)
    at = buffer.writeUInt16BE(entry.audience.userIds.length, at)
    for (const userId of entry.audience.userIds) {
      const length = buffer.write(userId, at + 2)
      buffer.writeUInt16BE(length, at)
      at += 2 + length
    }
    at += buffer.write(entry.json, at)
    buffer.writeUInt32BE(at - start - 4, start)
  }
  // behind the entries, where whoever does not know of it does not look
  if (committedAt > 0 || traced.length > 0) at = buffer.writeUIntBE(committedAt, at, 6)
  if (traced.length > 0) at = buffer.writeUInt16BE(traced.length, at)
  for (const { place, traceparent } of traced) at = writeShort(buffer, traceparent, buffer.writeUInt16BE(place, at))
  return buffer.subarray(0, at)
}

export interface LiveEnvelope {
  publisherId: string
  number: number
  entries: LiveEntry[]
  /** 0 where it does not say. */
  committedAt: number
}

/** Reads an envelope. Throws a RangeError on bytes that are none, so a foreign publisher cannot pass unnoticed. */
export function decodeLiveEnvelope(bytes: Uint8Array): LiveEnvelope {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.readUInt8(0) !== FORMAT) throw new RangeError(`Unknown live envelope format ${buffer[0]}`)
  const publisherId = readShort(buffer, 1)
  let at = 2 + publisherId.length
  const number = buffer.readUIntBE(at, 6)
  const count = buffer.readUInt16BE(at + 6)
  at += 8
  const entries: LiveEntry[] = new Array(count)
  for (let i = 0; i < count; i++) {
    const end = at + 4 + buffer.readUInt32BE(at)
    at += 4
    const id = buffer.toString('hex', at, at + 16)
    const seq = buffer.readUIntBE(at + 16, 6)
    const rev = buffer.readUIntBE(at + 22, 6)
    const span = buffer.readUInt16BE(at + 28)
    const aboutSeq = buffer.readUIntBE(at + 30, 6)
    at += 36
    const tenantId = readShort(buffer, at)
    at += 1 + tenantId.length
    const event = readShort(buffer, at)
    at += 1 + event.length
    const version = buffer.readUIntBE(at, 6)
    const users = buffer.readUInt16BE(at + 6)
    at += 8
    const userIds: string[] = new Array(users)
    for (let u = 0; u < users; u++) {
      const length = buffer.readUInt16BE(at)
      userIds[u] = buffer.toString('utf8', at + 2, at + 2 + length)
      at += 2 + length
    }
    entries[i] = {
      tenantId,
      conversationId: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
      seq,
      rev,
      span,
      aboutSeq,
      audience: { version: version === 0 ? null : version - 1, userIds },
      event,
      json: buffer.toString('utf8', at, end),
    }
    at = end
  }
  const committedAt = buffer.length >= at + 6 ? buffer.readUIntBE(at, 6) : 0
  readTraces(buffer, at + 6, entries)
  return { publisherId, number, entries, committedAt }
}

function readTraces(buffer: Buffer, from: number, entries: readonly LiveEntry[]): void {
  if (buffer.length < from + 2) return
  let at = from + 2
  for (let left = buffer.readUInt16BE(from); left > 0; left--) {
    const entry = entries[buffer.readUInt16BE(at)]
    const traceparent = readShort(buffer, at + 2)
    if (entry) entry.traceparent = traceparent
    at += 3 + traceparent.length
  }
}

/** Strings of at most 255 ASCII characters: tenants, event names and publisher ids are all of that kind. */
function writeShort(buffer: Buffer, value: string, at: number): number {
  buffer.writeUInt8(value.length, at)
  return at + 1 + buffer.write(value, at + 1, 'latin1')
}

function readShort(buffer: Buffer, at: number): string {
  const length = buffer.readUInt8(at)
  return buffer.toString('latin1', at + 1, at + 1 + length)
}
