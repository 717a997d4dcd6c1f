import type { DeliveryState } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
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
  /** Those of which the last word was not heard: after all others. */
  readonly #behind = new Set<string>()
  /** What there was when nothing was left to say. */
  #looked: readonly unknown[] = []
  #busy = false
  #notBefore = 0

  constructor(store: ChatStore, markDelivered: (conversationId: string, seq: number) => Promise<DeliveryState>) {
    this.#store = store
    this.#markDelivered = markDelivered
  }

  /** Called after every change of the state; does nothing most of the time. */
  async evaluate(): Promise<void> {
    const state = this.#store.getState()
    if (this.#busy || state.connection !== 'online' || Date.now() < this.#notBefore) return
    const { conversations, me, attentive, following, openId } = state
    const looked = [conversations, me, attentive, following, openId]
    if (looked.every((one, index) => one === this.#looked[index])) return
    const next = this.#next(state)
    if (!next) {
      this.#looked = looked
      return
    }
    const { id, lastSeq } = next
    this.#busy = true
    try {
      await this.#markDelivered(id, lastSeq)
      this.#said.set(id, lastSeq)
      this.#behind.delete(id)
    } catch (err) {
      // What is refused is not asked for again before something new comes there.
      if (!toRequestFailure(err).retryable) this.#said.set(id, lastSeq)
      else {
        this.#behind.add(id)
        this.#notBefore = Date.now() + RETRY_MS
        setTimeout(() => void this.evaluate(), RETRY_MS + 10)
      }
    } finally {
      this.#busy = false
    }
    void this.evaluate()
  }

  #next({ conversations, me, attentive, following, openId }: ChatState): HeldConversation | undefined {
    const untold = Object.values(conversations).filter((conversation) => {
      const { id, lastSeq, participants } = conversation
      const own = participants.find(({ userId }) => userId === me?.userId)
      const known = Math.max(conversation.me.lastReadSeq, own?.lastDeliveredSeq ?? 0, this.#said.get(id) ?? 0)
      return lastSeq > known && !(attentive && following && openId === id)
    })
    return untold.find(({ id }) => !this.#behind.has(id)) ?? untold[0]
  }
}
