import type { DeliveryState } from '@parley/contracts'
import type { ChatState, HeldConversation } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'

const RETRY_MS = 3000

/**
 * Tells the server what has come to this page, of every conversation that it holds. What is read at once is not said twice:
 * reading says it too. One request at a time; whatever comes meanwhile goes with the next.
 */
export class DeliveryMarker {
  readonly #store: ChatStore
  readonly #markDelivered: (conversationId: string, seq: number) => Promise<DeliveryState>
  /** By conversation: what the server has heard, or will not hear now. */
  readonly #said = new Map<string, number>()
  #looked: ChatState['conversations'] | undefined
  #busy = false
  #notBefore = 0

  constructor(store: ChatStore, markDelivered: (conversationId: string, seq: number) => Promise<DeliveryState>) {
    this.#store = store
    this.#markDelivered = markDelivered
  }

  /** Called after every change of the state; does nothing most of the time. */
  async evaluate(): Promise<void> {
    const { conversations, connection } = this.#store.getState()
    if (this.#busy || connection !== 'online' || conversations === this.#looked || Date.now() < this.#notBefore) return
    const next = this.#next()
    if (!next) {
      this.#looked = conversations
      return
    }
    this.#busy = true
    try {
      await this.#markDelivered(next.id, next.lastSeq)
      this.#said.set(next.id, next.lastSeq)
    } catch {
      this.#notBefore = Date.now() + RETRY_MS
      setTimeout(() => void this.evaluate(), RETRY_MS + 10)
    } finally {
      this.#busy = false
    }
    void this.evaluate()
  }

  #next(): HeldConversation | undefined {
    const { conversations, me, attentive, following, openId } = this.#store.getState()
    return Object.values(conversations).find((conversation) => {
      const { id, lastSeq, participants } = conversation
      const own = participants.find(({ userId }) => userId === me?.userId)
      const known = Math.max(conversation.me.lastReadSeq, own?.lastDeliveredSeq ?? 0, this.#said.get(id) ?? 0)
      return lastSeq > known && !(attentive && following && openId === id)
    })
  }
}
