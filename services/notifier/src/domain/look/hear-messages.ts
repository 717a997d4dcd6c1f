import { LRUCache } from 'lru-cache'
import type { Happening } from '../ports/told.ts'

export interface HearingDeps {
  /** Stores looks, and answers in how many milliseconds there is each; undefined: it cannot be told. */
  wantLooks: (happenings: readonly Happening[]) => Promise<(number | undefined)[]>
  delayMs: number
  now?: () => number
}

/** As many conversations are remembered. */
const MAX_REMEMBERED = 50_000
/** What was written long ago is looked at after a moment, so that a backlog of a conversation is one look. */
const SOON_MS = 1_000

/** A conversation in which something was written. */
export interface WrittenIn {
  tenantId: string
  conversationId: string
  /** Of the first of it, milliseconds since 1970. */
  at: number
}

/**
 * Hears in which conversations something was written, and sees to it that each is looked at when the delay is over. It knows which looks
 * are still to come: what happens before one costs nothing.
 */
export function hearMessages({
  wantLooks,
  delayMs,
  now = Date.now,
}: HearingDeps): (written: readonly WrittenIn[]) => Promise<void> {
  /** Until when a look is still to come, by the clock of `now`. */
  const coveredUntil = new LRUCache<string, number>({ max: MAX_REMEMBERED })
  const nameOf = ({ tenantId, conversationId }: WrittenIn) => `${tenantId} ${conversationId}`
  return async (written) => {
    const asked = now()
    const uncovered = written.filter((one) => asked >= (coveredUntil.get(nameOf(one)) ?? 0))
    if (uncovered.length === 0) return
    const comeIn = await wantLooks(
      uncovered.map(({ tenantId, conversationId, at }) => {
        const age = Math.max(0, asked - at)
        return { tenantId, conversationId, dueInMs: Math.max(delayMs - age, Math.min(delayMs, SOON_MS)) }
      }),
    )
    for (const [i, one] of uncovered.entries()) {
      const ms = comeIn[i]
      if (ms !== undefined && ms > 0) coveredUntil.set(nameOf(one), asked + Math.min(ms, delayMs))
    }
  }
}
