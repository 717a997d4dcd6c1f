import { toRequestFailure } from '../net/request-failure.ts'
import type { RestApi } from '../net/rest-api.ts'
import type { ChatStore } from './chat-store.ts'

const PAGE = 50

/** Reads a page: as a participant does, or as an admin. */
export type MessageSource = RestApi['listMessages']

/** Loads stretches of history over REST into the store. Each kind of load of one conversation runs once at a time. */
export class History {
  readonly #store: ChatStore
  readonly #list: MessageSource
  readonly #running = new Set<string>()

  constructor(store: ChatStore, list: MessageSource) {
    this.#store = store
    this.#list = list
  }

  /** The latest page, in place of whatever is loaded. */
  async loadLatest(conversationId: string): Promise<void> {
    await this.#once(`latest:${conversationId}`, conversationId, async () => {
      this.#store.dispatch({ type: 'page_requested', conversationId, older: false })
      const { data, hasMore } = await this.#list({ conversationId, limit: PAGE })
      this.#store.dispatch({ type: 'latest_page_loaded', conversationId, messages: data, hasOlder: hasMore })
    })
  }

  async loadOlder(conversationId: string): Promise<void> {
    const timeline = this.#store.getState().timelines[conversationId]
    const before = timeline?.messages[0]?.seq
    if (!timeline?.hasOlder || before === undefined) return
    await this.#once(`older:${conversationId}`, conversationId, async () => {
      this.#store.dispatch({ type: 'page_requested', conversationId, older: true })
      const { data, hasMore } = await this.#list({ conversationId, before, limit: PAGE })
      this.#store.dispatch({ type: 'older_page_loaded', conversationId, messages: data, hasOlder: hasMore })
    })
  }

  /** The server promises no hole; should one show up all the same, what is missing is fetched. */
  async fillGap(conversationId: string, after: number): Promise<void> {
    await this.#once(`gap:${conversationId}`, conversationId, async () => {
      const { data } = await this.#list({ conversationId, after, limit: 100 })
      this.#store.dispatch({ type: 'gap_filled', conversationId, messages: data })
    })
  }

  async #once(key: string, conversationId: string, load: () => Promise<void>): Promise<void> {
    if (this.#running.has(key)) return
    this.#running.add(key)
    try {
      await load()
    } catch (err) {
      const detail = toRequestFailure(err).message
      this.#store.dispatch({ type: 'page_failed', conversationId, detail })
    } finally {
      this.#running.delete(key)
    }
  }
}
