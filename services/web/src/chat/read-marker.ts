import type { ReadState } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import type { ChatStore } from './chat-store.ts'

const RETRY_MS = 3000

/**
 * Tells the server what has been read: what has been on the screen, as the state says, whether or not the conversation is
 * still open. One request at a time; whatever is seen meanwhile goes with the next.
 */
export class ReadMarker {
  readonly #store: ChatStore
  readonly #markRead: (conversationId: string, seq: number) => Promise<ReadState>
  readonly #notBefore = new Map<string, number>()
  /** By conversation: up to where it may not be marked. */
  readonly #refused = new Map<string, number>()
  #busy = false

  constructor(store: ChatStore, markRead: (conversationId: string, seq: number) => Promise<ReadState>) {
    this.#store = store
    this.#markRead = markRead
  }

  /** Called after every change of the state; does nothing most of the time. */
  async evaluate(): Promise<void> {
    if (this.#busy || this.#store.getState().connection !== 'online') return
    const next = this.#next()
    if (!next) return
    this.#busy = true
    try {
      const read = await this.#markRead(next.conversationId, next.seq)
      this.#busy = false
      this.#store.dispatch({ type: 'read_marked', conversationId: next.conversationId, read })
      // Taken for less than it was: not again and again.
      if (read.lastReadSeq < next.seq) this.#notBefore.set(next.conversationId, Date.now() + RETRY_MS)
    } catch (err) {
      // What is refused for good is not asked for again before more has been seen there.
      if (!toRequestFailure(err).retryable) this.#refused.set(next.conversationId, next.seq)
      else {
        this.#notBefore.set(next.conversationId, Date.now() + RETRY_MS)
        setTimeout(() => void this.evaluate(), RETRY_MS + 10)
      }
    } finally {
      this.#busy = false
    }
    // Another conversation may have been read in the meantime.
    void this.evaluate()
  }

  #next(): { conversationId: string; seq: number } | null {
    const { seen, conversations } = this.#store.getState()
    for (const [conversationId, seq] of Object.entries(seen)) {
      const conversation = conversations[conversationId]
      if (!conversation) continue
      const { lastReadSeq, unreadFrom } = conversation.me
      if (seq <= lastReadSeq && (unreadFrom === null || seq < unreadFrom)) continue
      if (seq <= (this.#refused.get(conversationId) ?? 0)) continue
      if (Date.now() >= (this.#notBefore.get(conversationId) ?? 0)) return { conversationId, seq }
    }
    return null
  }
}
