import { type LiveEntry, positionOf, type ServerEvent } from '@parley/contracts'
import { userRoom } from '../io.ts'

/**
 * A conversation with a user on this gateway: how far its sockets have been told, and what came too early. Positions
 * are dense, so "next in line" is a matter of numbers.
 */
export interface Line {
  readonly tenantId: string
  readonly conversationId: string
  seq: number
  rev: number
  /** The position after which it has told everything itself. */
  begunAt: number
  /** Rooms of the local users for whom the line is kept. */
  readonly rooms: Set<string>
  /** An admin here listens in, without being in the conversation. */
  observed: boolean
  held: LiveEntry[]
  /** Since when nothing held could be told; 0 while nothing is held. */
  heldSince: number
  /** What lies before the held is being fetched. */
  healing: boolean
  /** Who is in the conversation is being asked. */
  rechecking: boolean
  /** Set while the fetching of it is planned. */
  timer: NodeJS.Timeout | undefined
  /** Entries are told one after the other, also when one has to ask for its audience first. */
  telling: Promise<void> | undefined
}

export function createLine(tenantId: string, conversationId: string, seq: number, rev: number): Line {
  return {
    tenantId,
    conversationId,
    seq,
    rev,
    begunAt: positionOf({ seq, rev }),
    rooms: new Set(),
    observed: false,
    held: [],
    heldSince: 0,
    healing: false,
    rechecking: false,
    timer: undefined,
    telling: undefined,
  }
}

/** What to do with an entry, given how far the line has come. */
export function place(line: Line, entry: LiveEntry): 'tell' | 'hold' | 'drop' {
  const here = positionOf(line)
  const there = positionOf(entry)
  if (entry.span > 0 && there <= here) return 'drop'
  if (there - entry.span > here) return 'hold'
  return entry.event === '' ? 'drop' : 'tell'
}

/** Keeps an entry for later, in order of position; the same one twice is kept once. */
export function hold(line: Line, entry: LiveEntry): void {
  const there = positionOf(entry)
  let at = line.held.length
  while (at > 0 && positionOf(line.held[at - 1]!) > there) at--
  for (let i = at - 1; i >= 0 && positionOf(line.held[i]!) === there; i--)
    if (line.held[i]!.event === entry.event && line.held[i]!.json === entry.json) return
  line.held.splice(at, 0, entry)
  if (line.heldSince === 0) line.heldSince = performance.now()
}

/** A head alone: says nothing to anybody, but shows what is missing. */
export function headOnly(tenantId: string, head: { conversationId: string; seq: number; rev: number }): LiveEntry {
  const { conversationId, seq, rev } = head
  const audience = { version: null, userIds: [] }
  return { tenantId, conversationId, seq, rev, span: 0, aboutSeq: 0, audience, event: '', json: '' }
}

/** The room of the user who came or went. */
export function subjectOf({ tenantId, event, json }: LiveEntry): string {
  // Written by the conversation service from the same contract.
  const data: unknown = JSON.parse(json)
  if (event === 'participant_left') return userRoom(tenantId, (data as ServerEvent<'participant_left'>).userId)
  return userRoom(tenantId, (data as ServerEvent<'participant_joined'>).participant.userId)
}
