import type { LiveEntry } from './live-envelope.ts'
import { movedCounters } from './server-events.ts'

/** How far a conversation has come: `seq` counts its messages, `rev` every other change that others may see. */
export interface Counters {
  seq: number
  rev: number
}

/**
 * A conversation's position. Both counters are dense and every change moves exactly one of them by one, so positions are
 * dense too: what is next, missing or past is a matter of comparing numbers.
 */
export function positionOf({ seq, rev }: Counters): number {
  return seq + rev
}

/** Where the conversation stood before the entry's change. An entry that stands for no change (`span` 0) moves nothing. */
export function headBefore({ event, seq, rev, span }: Pick<LiveEntry, 'event' | 'seq' | 'rev' | 'span'>): Counters {
  return counterOf(event) === 'seq' ? { seq: seq - span, rev } : { seq, rev: rev - span }
}

/** A publisher of a later release may know more events. They move `rev`, as all but new messages do. */
function counterOf(event: string): 'seq' | 'rev' {
  const known: Readonly<Record<string, 'seq' | 'rev' | null>> = movedCounters
  return known[event] ?? 'rev'
}
