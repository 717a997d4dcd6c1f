import type { Heard, LiveEnvelope } from '@parley/contracts'

/** As many messages as are remembered: some minutes of an ordinary day, a minute of a busy one. */
const MOST = 10_000

interface Told {
  conversationId: string
  seq: number
  telling: NonNullable<Heard['telling']>
}

/**
 * The messages that this gateway heard of last, without a word of them: so that it can be said of one when it was told here. A place of the
 * ring is taken for each, and nobody looks anything up before somebody asks.
 */
export class RecentTellings {
  readonly #most: number
  readonly #told: Told[] = []
  #next = 0
  #since = Date.now()

  constructor(most = MOST) {
    this.#most = most
  }

  add({ publisherId, number, entries }: LiveEnvelope, late: boolean): void {
    let telling: Told['telling'] | undefined
    for (const { event, conversationId, seq } of entries) {
      if (event !== 'new_message') continue
      telling ??= { at: Date.now(), publisherId, number, late }
      const forgotten = this.#told[this.#next]
      if (forgotten) this.#since = forgotten.telling.at
      this.#told[this.#next] = { conversationId, seq, telling }
      this.#next = (this.#next + 1) % this.#most
    }
  }

  /** When the message was first heard of here; undefined: it is not remembered. `since`: what came before is forgotten. */
  find(conversationId: string, seq: number): Pick<Heard, 'telling' | 'since'> {
    let first: Told['telling'] | undefined
    for (const told of this.#told)
      if (told.seq === seq && told.conversationId === conversationId && !(first && first.at <= told.telling.at))
        first = told.telling
    return { ...(first && { telling: first }), since: this.#since }
  }
}
