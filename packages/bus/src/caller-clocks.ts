import { randomBytes } from 'node:crypto'

/** When a call was sent: by which process, by its own clock, and for how many milliseconds it is worth doing. */
export type Sent = readonly [caller: string, at: number, timeoutMs: number]

const CALLER = randomBytes(6).toString('base64url')

/** By the clock that only goes forward; what it counts from is nobody else's affair. */
export const sentNow = (timeoutMs: number): Sent => [CALLER, Math.round(performance.now()), timeoutMs]

/** By how much the least that a call of a process took is believed to grow with time: more than two clocks ever drift apart, 500 of a million. */
const GROWTH = 0.0005
/** Of whom nothing was heard for longer, one second by then, nothing is known any more. */
const KNOWN_FOR_MS = 2_000_000
const MAX_CALLERS = 1_000

/** Whoever has not looked for so long was paused: less than calls wait for, and more than a process is busy with any one thing. */
const PAUSE_MS = 2_000
/** After a pause, what waited meanwhile is read in this time. */
const READ_WITHIN_MS = 3_000
/** How often a process looks whether it was paused. */
const LOOK_MS = 500

/**
 * How long calls have been under way, whatever the clocks of two machines say: by how much later than the quickest ones of the same process
 * they come. Of a process that was not heard of before, the first one has come at once, as it must have where this process has been
 * taking all that came. Where it was paused or held up a moment ago, the first one may have waited as long: then nothing is known, and
 * its deadline is what there is to go by.
 */
export class CallerClocks {
  readonly #quickest = new Map<string, { difference: number; at: number }>()
  #lookedAt: number
  #pausedUntil = Number.NEGATIVE_INFINITY

  /** All times are by the clock that `sentNow` reads. */
  constructor(now = performance.now()) {
    this.#lookedAt = now
  }

  /** Looks again and again, also while no call comes. The timer keeps no process from ending. */
  watch(): this {
    setInterval(() => this.look(), LOOK_MS).unref()
    return this
  }

  /** A long time since the last look means that this process was paused or held up in between. */
  look(now = performance.now()): void {
    if (now - this.#lookedAt > PAUSE_MS) this.#pausedUntil = now + READ_WITHIN_MS
    this.#lookedAt = now
  }

  /** Milliseconds; undefined where nothing is known. */
  ageOf(caller: string, sentAt: number, now = performance.now()): number | undefined {
    // After a pause sockets are read before any timer is run.
    this.look(now)
    const difference = now - sentAt
    const heard = this.#quickest.get(caller)
    const known = heard && now - heard.at < KNOWN_FOR_MS ? heard : undefined
    if (!known) {
      if (now < this.#pausedUntil) return undefined
      if (!heard && this.#quickest.size >= MAX_CALLERS) this.#quickest.delete(this.#quickest.keys().next().value!)
      this.#quickest.set(caller, { difference, at: now })
      return 0
    }
    known.difference = Math.min(difference, known.difference + (now - known.at) * GROWTH)
    known.at = now
    return difference - known.difference
  }
}
