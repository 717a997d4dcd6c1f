import type { LiveEntry } from '@parley/contracts'

/**
 * A conversation with a user on this gateway: how far its sockets have been told, and what came too early. Positions
 * (seq + rev) are dense, so "next in line" is a matter of numbers.
 */
export interface Line {
  readonly tenantId: string
  readonly conversationId: string
  seq: number
  rev: number
  /** Rooms of the local users for whom the line is kept. */
  readonly rooms: Set<string>
  held: LiveEntry[]
  /** When the oldest held entry came; 0 while nothing is held. */
  heldSince: number
  healing: boolean
  /** Entries are told one after the other, also when one has to ask for its audience first. */
  telling: Promise<void> | undefined
}

export function createLine(tenantId: string, conversationId: string, seq: number, rev: number): Line {
  return {
    tenantId,
    conversationId,
    seq,
    rev,
    rooms: new Set(),
    held: [],
    heldSince: 0,
    healing: false,
    telling: undefined,
  }
}

export const positionOf = ({ seq, rev }: { seq: number; rev: number }) => seq + rev

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
  const before = line.held[at - 1]
  if (before && before.event === entry.event && positionOf(before) === there && before.json === entry.json) return
  line.held.splice(at, 0, entry)
  if (line.heldSince === 0) line.heldSince = performance.now()
}
