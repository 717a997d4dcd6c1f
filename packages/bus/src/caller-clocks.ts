import { randomBytes } from 'node:crypto'

/** When a call was sent: by which process, by its own clock, and for how many milliseconds it is worth doing. */
export type Sent = readonly [caller: string, at: number, timeoutMs: number]

const CALLER = randomBytes(6).toString('base64url')

/** By the clock that only goes forward; what it counts from is nobody else's affair. */
export const sentNow = (timeoutMs: number): Sent => [CALLER, Math.round(performance.now()), timeoutMs]

/** By how much the least that a call of a process took is believed to grow with time: more than two clocks ever drift apart. */
const GROWTH = 0.01
const MAX_CALLERS = 1_000

/**
 * How long calls have been under way, whatever the clocks of two machines say: by how much later than the quickest ones of the same process
 * they come. Of a process that was never heard of, the first one has come at once.
 */
export class CallerClocks {
  readonly #quickest = new Map<string, { difference: number; at: number }>()

  /** Milliseconds. `now` is by the clock that `sentNow` reads. */
  ageOf(caller: string, sentAt: number, now = performance.now()): number {
    const difference = now - sentAt
    const known = this.#quickest.get(caller)
    const quickest = known ? Math.min(difference, known.difference + (now - known.at) * GROWTH) : difference
    if (!known && this.#quickest.size >= MAX_CALLERS) this.#quickest.delete(this.#quickest.keys().next().value!)
    if (known) {
      known.difference = quickest
      known.at = now
    } else this.#quickest.set(caller, { difference: quickest, at: now })
    return difference - quickest
  }
}
