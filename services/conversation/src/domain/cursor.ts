import { ParleyError } from '@parley/contracts'
import type { CannedPlace } from './ports/canned-replies.ts'
import type { ActivityPlace } from './ports/conversations.ts'
import type { ReactionPlace } from './ports/reactions.ts'
import type { ListPlace, NamePlace, SyncPoint } from './ports/reads.ts'
import type { FoundPlace } from './ports/search.ts'

/**
 * Cursors are opaque to clients: base64url over a version letter and the fields. What does not decode was not made here, or
 * by another version: `invalid_input`, and the client starts over.
 */
export function encodeCursor(fields: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(fields)).toString('base64url')
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Kind = 'number' | 'string'

/** `optional` fields come after those that are always there. */
function decode(cursor: string, shape: readonly Kind[], optional: readonly Kind[] = []): (string | number)[] {
  let fields: unknown
  try {
    fields = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw badCursor()
  }
  if (!Array.isArray(fields) || fields.length < shape.length || fields.length > shape.length + optional.length)
    throw badCursor()
  for (const [i, field] of (fields as unknown[]).entries()) {
    const kind = [...shape, ...optional][i]
    if (typeof field !== kind) throw badCursor()
    if (kind === 'number' && !(Number.isSafeInteger(field) && Number(field) >= 0)) throw badCursor()
  }
  return fields
}

const badCursor = () =>
  new ParleyError('invalid_input', 'The cursor is not one of ours; start without one', {
    errors: [{ pointer: '/cursor', code: 'cursor', detail: 'is not a cursor that this service made' }],
  })

/** What a client holds of a conversation: (epoch, seq, rev, private). Parley's own page reads the first and the last of it. */
export function encodeSyncCursor(point: Omit<SyncPoint, 'conversationId'>): string {
  return encodeCursor([point.epoch, point.seq, point.rev, point.privateCounter])
}

export function decodeSyncCursor(conversationId: string, cursor: string): SyncPoint {
  const [epoch, seq, rev, privateCounter] = decode(cursor, ['number', 'number', 'number', 'number']) as number[]
  return { conversationId, epoch: epoch!, seq: seq!, rev: rev!, privateCounter: privateCounter! }
}

export function encodeActivityCursor({ at, id }: ActivityPlace): string {
  return encodeCursor([at, id])
}

/** Of somebody's own list; a place among the pinned ones says so. */
export function encodeListCursor({ pinned, at, id }: ListPlace): string {
  return encodeCursor(pinned ? [at, id, 'pinned'] : [at, id])
}

export function decodeListCursor(cursor: string): ListPlace {
  const fields = decode(cursor, ['string', 'string'], ['string']) as string[]
  const [at, id, section] = fields
  if (!isMoment(at!) || !uuid.test(id!) || (section !== undefined && section !== 'pinned')) throw badCursor()
  return { pinned: section === 'pinned', at: at!, id: id! }
}

/** As the database says it, with its microseconds, and a day that the calendar has: what it has not, the database refuses. */
function isMoment(at: string): boolean {
  const [day, time] = at.split('T')
  if (!/^[12]\d{3}-\d\d-\d\d$/.test(day!) || !/^([01]\d|2[0-3])(:[0-5]\d){2}\.\d{1,6}(Z|\+00)$/.test(time ?? ''))
    return false
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day!)
}

export function decodeActivityCursor(cursor: string): ActivityPlace {
  const [at, id] = decode(cursor, ['string', 'string']) as string[]
  if (!isMoment(at!) || !uuid.test(id!)) throw badCursor()
  return { at: at!, id: id! }
}

export function decodeSeqCursor(cursor: string): { direction: 'before' | 'after'; seq: number } {
  const [direction, seq] = decode(cursor, ['string', 'number'])
  if (direction !== 'before' && direction !== 'after') throw badCursor()
  return { direction, seq: Number(seq) }
}

const idForms = { uuid, number: /^\d{1,15}$/ }

/** Of lists in the order of their ids, which are all of that form. */
export function decodeIdCursor(cursor: string, form: keyof typeof idForms): string {
  const [id] = decode(cursor, ['string'])
  if (!idForms[form].test(String(id))) throw badCursor()
  return String(id)
}

export function decodeUserCursor(cursor: string): string {
  const [userId] = decode(cursor, ['string'])
  if (!/^[^\p{Cc}\p{Cs}]{1,128}$/u.test(String(userId))) throw badCursor()
  return String(userId)
}

export const encodeCannedCursor = ({ shortcut, own }: CannedPlace) => encodeCursor([shortcut, own ? 'own' : 'tenant'])

export function decodeCannedCursor(cursor: string): CannedPlace {
  const [shortcut, scope] = decode(cursor, ['string', 'string']) as string[]
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]{0,199}$/u.test(shortcut!) || !['own', 'tenant'].includes(scope!))
    throw badCursor()
  return { shortcut: shortcut!, own: scope === 'own' }
}

/** Of users in the order of their names. */
export function decodeNameCursor(cursor: string): NamePlace {
  const [term, userId] = decode(cursor, ['string', 'string']) as string[]
  for (const part of [term!, userId!]) if (!/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(part)) throw badCursor()
  return { term: term!, userId: userId! }
}

export function encodeReactionCursor({ at, userId, emoji }: ReactionPlace): string {
  return encodeCursor([at, userId, emoji])
}

export function decodeReactionCursor(cursor: string): ReactionPlace {
  const [at, userId, emoji] = decode(cursor, ['number', 'string', 'string']) as [number, string, string]
  for (const part of [userId, emoji]) if (!/^[^\p{Cc}\p{Cs}]{1,128}$/u.test(part)) throw badCursor()
  return { at, userId, emoji }
}

/** Of messages that were found, the newest first. */
export function decodeFoundCursor(cursor: string): FoundPlace {
  const [at, conversationId, seq] = decode(cursor, ['number', 'string', 'number'])
  if (!uuid.test(String(conversationId))) throw badCursor()
  return { at: Number(at), conversationId: String(conversationId), seq: Number(seq) }
}
