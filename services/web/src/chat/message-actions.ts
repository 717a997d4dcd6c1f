import type {
  ActOnMessage,
  ForwardedMessages,
  ForwardMessage,
  ListReceipts,
  MarkUnread,
  Message,
  ReceiptPage,
  SendMessage,
  ServiceOfferPayload,
} from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import type { ChatStore } from './chat-store.ts'
import { newClientId } from './client-id.ts'

interface MessageActionsDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  addReaction(messageId: string, emoji: string): Promise<Message>
  removeReaction(messageId: string, emoji: string): Promise<Message>
  hide(messageId: string): Promise<unknown>
  pin(messageId: string): Promise<Message>
  unpin(messageId: string): Promise<Message>
  listPins(conversationId: string): Promise<readonly Message[]>
  receipts(input: ListReceipts): Promise<ReceiptPage>
  markUnread(input: MarkUnread): Promise<unknown>
  forward(input: ForwardMessage): Promise<ForwardedMessages>
  act(input: ActOnMessage): Promise<Message>
  send(input: SendMessage): Promise<Message>
  notify(text: string): void
}

/** What one does with messages that are there. What is refused is said, and nothing has happened. */
export class MessageActions {
  readonly #deps: MessageActionsDeps

  constructor(deps: MessageActionsDeps) {
    this.#deps = deps
  }

  /** Reacts with that emoji, or takes the reaction back. */
  async toggleReaction(message: Message, emoji: string): Promise<void> {
    const { store, addReaction, removeReaction } = this.#deps
    const myId = store.getState().me?.userId ?? ''
    const isOwn = message.reactions.some((one) => one.emoji === emoji && one.userIds.includes(myId))
    await this.#update(() => (isOwn ? removeReaction : addReaction)(message.id, emoji))
  }

  /** Deletes it for this person alone. */
  async hide({ id: messageId, conversationId, seq }: Message): Promise<void> {
    const { store, hide } = this.#deps
    await this.#attempt(async () => {
      await hide(messageId)
      store.dispatch({ type: 'message_hidden', event: { conversationId, messageId, seq } })
    })
  }

  /** Pins it for everybody, or takes it down. */
  async togglePin({ id, pinned }: Message): Promise<void> {
    await this.#update(() => (pinned ? this.#deps.unpin : this.#deps.pin)(id))
  }

  /** What is pinned, the latest first. @throws RequestFailure */
  pins(conversationId: string): Promise<readonly Message[]> {
    return this.#deps.listPins(conversationId)
  }

  /** Who has received and read it. @throws RequestFailure */
  receipts(messageId: string, cursor: string | undefined): Promise<ReceiptPage> {
    return this.#deps.receipts({ messageId, ...(cursor !== undefined && { cursor }) })
  }

  /** Marks its conversation as unread from there on; how it stands then comes to all of one's devices. */
  async markUnread({ conversationId, seq }: Message): Promise<void> {
    await this.#attempt(() => this.#deps.markUnread({ conversationId, seq }))
  }

  /**
   * Begins to pass it on. What this returns does so to each of these, and may be called again: where the answer was lost, nothing is
   * sent twice. The outcomes are in their order. It throws `RequestFailure`.
   */
  forwarding(messageId: string): (conversationIds: readonly string[]) => Promise<ForwardedMessages['data']> {
    const { forward, store } = this.#deps
    const clientId = newClientId()
    return async (conversationIds) => {
      const { data } = await forward({ messageId, conversationIds: [...conversationIds], clientId })
      for (const { message } of data) if (message) store.dispatch({ type: 'message_arrived', message })
      return data
    }
  }

  /** Decides on an offer or a booking request. */
  async act(
    messageId: string,
    action: ActOnMessage['action'],
    more: Pick<ActOnMessage, 'chosen' | 'reason'>,
  ): Promise<void> {
    await this.#update(() => this.#deps.act({ messageId, action, ...more }))
  }

  /** Makes another offer in place of one. @throws RequestFailure */
  async counter(messageId: string, payload: ServiceOfferPayload, clientId: string): Promise<void> {
    const message = await this.#deps.act({ messageId, action: 'counter', payload: { ...payload }, clientId })
    this.#deps.store.dispatch({ type: 'message_updated', message })
  }

  /** Sends what is no text. @throws RequestFailure */
  async send(input: SendMessage): Promise<Message> {
    const message = await this.#deps.send(input)
    this.#deps.store.dispatch({ type: 'message_arrived', message })
    return message
  }

  async #update(act: () => Promise<Message>): Promise<void> {
    await this.#attempt(async () => this.#deps.store.dispatch({ type: 'message_updated', message: await act() }))
  }

  async #attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
    } catch (err) {
      this.#deps.notify(toRequestFailure(err).message)
    }
  }
}
