import type { ServerEvent } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import type { ChatStore } from './chat-store.ts'

type OwnAction = 'archive' | 'unarchive' | 'pin' | 'unpin' | 'unmute' | 'delete'

interface OwnConversationActionsDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  request(name: `${OwnAction}_conversation`, input: { conversationId: string }): Promise<OwnAnswer>
  mute(conversationId: string, until: string | null): Promise<OwnAnswer>
  notify(text: string): void
}
type OwnAnswer = ServerEvent<'conversation_state'>

/** What one does with a conversation for oneself. What is refused is said, and nothing has happened. */
export class OwnConversationActions {
  readonly #deps: OwnConversationActionsDeps

  constructor(deps: OwnConversationActionsDeps) {
    this.#deps = deps
  }

  /** True: it is done, and one's other devices hear of it. */
  act(action: OwnAction, conversationId: string): Promise<boolean> {
    return this.#attempt(() => this.#deps.request(`${action}_conversation`, { conversationId }))
  }

  /** For so many milliseconds, or until it is taken back. */
  mute(conversationId: string, ms: number | null): Promise<boolean> {
    const until = ms === null ? null : new Date(Date.now() + ms).toISOString()
    return this.#attempt(() => this.#deps.mute(conversationId, until))
  }

  async #attempt(act: () => Promise<OwnAnswer>): Promise<boolean> {
    try {
      this.#deps.store.dispatch({ type: 'conversation_state', state: await act() })
      return true
    } catch (err) {
      this.#deps.notify(toRequestFailure(err).message)
      return false
    }
  }
}
