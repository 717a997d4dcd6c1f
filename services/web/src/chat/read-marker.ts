import type { ReadState } from '@parley/contracts'
import type { ChatStore } from './chat-store.ts'

const RETRY_MS = 3000

/**
 * Tells the server what has been read: the end of the open conversation, while the page is visible and focused. One
 * request at a time; whatever arrives meanwhile goes with the next.
 */
export class ReadMarker {
  readonly #store: ChatStore
  readonly #markRead: (conversationId: string, seq: number) => Promise<ReadState>
  #busy = false
  #notBefore = 0

  constructor(store: ChatStore, markRead: (conversationId: string, seq: number) => Promise<ReadState>) {
    this.#store = store
    this.#markRead = markRead
  }

  /** Called after every change of the state; does nothing most of the time. */
  async evaluate(): Promise<void> {
    const { openId, attentive, connection, conversations, timelines } = this.#store.getState()
    if (this.#busy || !openId || !attentive || connection !== 'online') return
    const conversation = conversations[openId]
    // What has not been shown has not been read.
    const seq = timelines[openId]?.status === 'ready' ? (timelines[openId].messages.at(-1)?.seq ?? 0) : 0
    if (!conversation || seq <= conversation.me.lastReadSeq || Date.now() < this.#notBefore) return
    this.#busy = true
    try {
      const read = await this.#markRead(openId, seq)
      this.#busy = false
      this.#store.dispatch({ type: 'read_marked', conversationId: openId, read })
    } catch {
      this.#notBefore = Date.now() + RETRY_MS
      setTimeout(() => void this.evaluate(), RETRY_MS + 10)
    } finally {
      this.#busy = false
    }
  }
}
