import { LRUCache } from 'lru-cache'
import type { Happening } from '../ports/told.ts'

export interface HearingDeps {
  /** Stores a look, and answers in how many milliseconds there is one; undefined: it cannot be told. */
  wantLook: (happening: Happening) => Promise<number | undefined>
  delayMs: number
  now?: () => number
}

/** As many conversations are remembered. */
const MAX_REMEMBERED = 50_000
/** What was written long ago is looked at after a moment, so that a backlog of a conversation is one look. */
const SOON_MS = 1_000

export interface WrittenMessage {
  tenantId: string
  conversationId: string
  /** Milliseconds since 1970; asked only where it matters. */
  at: () => number
}

/**
 * Hears of each message, and sees to it that its conversation is looked at when the delay is over. It knows which looks are still to
 * come: what happens before one costs nothing.
 */
export function hearMessages({
  wantLook,
  delayMs,
  now = Date.now,
}: HearingDeps): (message: WrittenMessage) => Promise<void> {
  /** Until when a look is still to come, by the clock of `now`. */
  const coveredUntil = new LRUCache<string, number>({ max: MAX_REMEMBERED })
  const storing = new Map<string, Promise<void>>()
  const store = async (key: string, { tenantId, conversationId, at }: WrittenMessage) => {
    const age = Math.max(0, now() - at())
    const asked = now()
    const dueInMs = Math.max(delayMs - age, Math.min(delayMs, SOON_MS))
    const comesIn = await wantLook({ tenantId, conversationId, dueInMs })
    if (comesIn !== undefined && comesIn > 0) coveredUntil.set(key, asked + Math.min(comesIn, delayMs))
  }
  return async (message) => {
    const key = `${message.tenantId} ${message.conversationId}`
    for (;;) {
      if (now() < (coveredUntil.get(key) ?? 0)) return
      const underWay = storing.get(key)
      if (!underWay) break
      // it stores a look that comes after this
      await underWay.catch(() => {})
      if (now() < (coveredUntil.get(key) ?? 0)) return
      if (storing.get(key) === underWay) break
    }
    const stored = store(key, message).finally(() => storing.delete(key))
    storing.set(key, stored)
    await stored
  }
}
