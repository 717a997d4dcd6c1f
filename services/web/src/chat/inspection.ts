import type { Conversation, Me, ServerEvent, ServerEventName } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import type { AdminApi } from '../net/rest-api.ts'
import { initialState } from './chat-state.ts'
import { type ChatStore, createChatStore } from './chat-store.ts'
import { NO_SUCH_CONVERSATION } from './conversation-loader.ts'
import { History } from './history.ts'

type Handlers = { [N in ServerEventName]?: (data: ServerEvent<N>) => void }

export interface InspectionDeps {
  conversationId: string
  /** The message that it is about; null: the end. */
  seq: number | null
  me: Me | null
  admin: AdminApi
  /** Listens in at the socket; rejects while there is none. */
  observe(): Promise<Conversation>
}

/**
 * A conversation that an admin reads without being in it. It has a store of its own, so that nothing of it gets among the
 * admin's own conversations, and the same history and rules as any other.
 */
export class Inspection {
  readonly store: ChatStore
  readonly history: History
  readonly conversationId: string
  readonly #deps: InspectionDeps

  constructor(deps: InspectionDeps) {
    this.#deps = deps
    this.conversationId = deps.conversationId
    this.store = createChatStore(initialState(deps.me))
    this.history = new History(this.store, deps.admin.inspectMessages)
  }

  /** Listens first and reads then, so that nothing falls between the two. Again after every loss of the socket. */
  async load(): Promise<void> {
    const { conversationId } = this
    const { admin, observe, seq } = this.#deps
    try {
      const conversation = await observe().catch(() => admin.inspectConversation({ conversationId }))
      this.store.dispatch({ type: 'conversation_loaded', conversation })
      if (seq === null) await this.history.loadLatest(conversationId)
      else await this.history.loadAround(conversationId, seq)
    } catch (err) {
      const { code, message } = toRequestFailure(err)
      // An address that somebody has typed may name anything.
      const isNone = code === 'not_found' || code === 'invalid_input'
      const detail = isNone ? NO_SUCH_CONVERSATION : message
      this.store.dispatch({ type: 'page_failed', conversationId, detail })
    }
  }

  hear<N extends ServerEventName>(name: N, data: ServerEvent<N>): void {
    const handle = this.#handlers[name] as ((data: ServerEvent<N>) => void) | undefined
    handle?.(data)
  }

  readonly #handlers: Handlers = {
    new_message: (message) => {
      const timeline = this.store.getState().timelines[this.conversationId]
      const last = timeline?.messages.at(-1)?.seq
      this.store.dispatch({ type: 'message_arrived', message })
      if (last !== undefined && !timeline?.partial && message.seq > last + 1)
        void this.history.fillGap(this.conversationId, last)
    },
    message_updated: (message) => this.store.dispatch({ type: 'message_updated', message }),
    conversation_updated: (conversation) => this.store.dispatch({ type: 'conversation_shared', conversation }),
    participant_joined: (event) => this.store.dispatch({ type: 'participant_joined', event }),
    participant_left: (event) => this.store.dispatch({ type: 'participant_left', event }),
  }
}
