import { LRUCache } from 'lru-cache'

export interface MemoOptions {
  /** How many answers are kept: those that were asked for last. */
  max: number
  /** How long an answer is fresh. Milliseconds. */
  freshMs: number
  /** Milliseconds, only ever forwards. */
  clock?: { now(): number }
}

interface Known<Answer> {
  answer: Answer
  /** When it was answered, however often it has counted as fresh since. */
  at: number
}

/** Answers of the store that may be a moment old. Who asks for the same at once shares one question. */
export class Memo<Answer extends NonNullable<unknown>> {
  readonly #known: LRUCache<string, Known<Answer>>
  readonly #asking = new Map<string, Promise<Answer>>()
  readonly #clock: { now(): number }
  readonly #freshMs: number

  constructor({ max, freshMs, clock = performance }: MemoOptions) {
    this.#known = new LRUCache({ max, ttl: freshMs, ttlResolution: 0, noDeleteOnStaleGet: true, perf: clock })
    this.#clock = clock
    this.#freshMs = freshMs
  }

  /** The answer if it is fresh; otherwise asks. Who waits for the same answer goes on in the order of coming. */
  get(key: string, ask: () => Promise<Answer>): Answer | Promise<Answer> {
    return this.#known.get(key)?.answer ?? this.#ask(key, ask)
  }

  /**
   * The answer, one that is no longer fresh while the next is on its way: who asks all the time waits for nothing. One that is twice as old
   * as fresh ones may be is asked for as if there were none: who was not here for an hour does not go by what was true then. Where asking
   * fails, an old one serves for as long again, and no longer.
   */
  getWhileRefreshing(key: string, ask: () => Promise<Answer>): Answer | Promise<Answer> {
    const fresh = this.#known.get(key)
    if (fresh) return fresh.answer
    const old = this.#known.get(key, { allowStale: true })
    if (!old || this.#clock.now() - old.at > 2 * this.#freshMs) return this.#ask(key, ask)
    // counts as fresh meanwhile, so that a store that does not answer is not asked by every call
    this.#known.set(key, old)
    this.#ask(key, ask).catch(() => {})
    return old.answer
  }

  /** This is the answer from now on, whatever is being answered. */
  set(key: string, answer: Answer): void {
    this.#asking.delete(key)
    this.#known.set(key, { answer, at: this.#clock.now() })
  }

  /** The answer has become another: whoever comes from now on asks anew, also while an earlier question is under way. */
  delete(key: string): void {
    this.#asking.delete(key)
    this.#known.delete(key)
  }

  #ask(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const underWay = this.#asking.get(key)
    if (underWay) return underWay
    const isCurrent = () => this.#asking.get(key) === answer
    const at = this.#clock.now()
    const answer: Promise<Answer> = ask()
      .then((found) => {
        // what was changed while it was asked for may have been read before that
        if (isCurrent()) this.#known.set(key, { answer: found, at })
        return found
      })
      .finally(() => isCurrent() && this.#asking.delete(key))
    this.#asking.set(key, answer)
    return answer
  }
}
