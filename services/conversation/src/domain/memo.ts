import { LRUCache } from 'lru-cache'

export interface MemoOptions {
  /** How many answers are kept: those that were asked for last. */
  max: number
  /** How long an answer is fresh. Milliseconds. */
  freshMs: number
  /** Milliseconds, only ever forwards. */
  clock?: { now(): number }
}

/** Answers of the store that may be a moment old. Who asks for the same at once shares one question. */
export class Memo<Answer extends NonNullable<unknown>> {
  readonly #answers: LRUCache<string, Answer>
  readonly #asking = new Map<string, Promise<Answer>>()

  constructor({ max, freshMs, clock = performance }: MemoOptions) {
    this.#answers = new LRUCache({ max, ttl: freshMs, ttlResolution: 0, noDeleteOnStaleGet: true, perf: clock })
  }

  /** The answer if it is fresh; otherwise asks. Who waits for the same answer goes on in the order of coming. */
  get(key: string, ask: () => Promise<Answer>): Answer | Promise<Answer> {
    return this.#answers.get(key) ?? this.#ask(key, ask)
  }

  /** The answer, an old one while the next is on its way: who has had one waits for nothing. An old one serves again if asking fails. */
  getWhileRefreshing(key: string, ask: () => Promise<Answer>): Answer | Promise<Answer> {
    const fresh = this.#answers.get(key)
    if (fresh !== undefined) return fresh
    const old = this.#answers.get(key, { allowStale: true })
    if (old === undefined) return this.#ask(key, ask)
    // counts as fresh meanwhile, so that a store that does not answer is not asked by every call
    this.#answers.set(key, old)
    this.#ask(key, ask).catch(() => {})
    return old
  }

  /** This is the answer from now on, whatever is being answered. */
  set(key: string, answer: Answer): void {
    this.#asking.delete(key)
    this.#answers.set(key, answer)
  }

  /** The answer has become another: whoever comes from now on asks anew, also while an earlier question is under way. */
  delete(key: string): void {
    this.#asking.delete(key)
    this.#answers.delete(key)
  }

  #ask(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const underWay = this.#asking.get(key)
    if (underWay) return underWay
    const isCurrent = () => this.#asking.get(key) === answer
    const answer: Promise<Answer> = ask()
      .then((found) => {
        // what was changed while it was asked for may have been read before that
        if (isCurrent()) this.#answers.set(key, found)
        return found
      })
      .finally(() => isCurrent() && this.#asking.delete(key))
    this.#asking.set(key, answer)
    return answer
  }
}
