import { toRequestFailure } from '../net/request-failure.ts'
import type { RestApi } from '../net/rest-api.ts'
import type { ChatAction } from './chat-action.ts'
import type { ChatStore } from './chat-store.ts'

const PAGE = 50
/** The contract's bound on one request. */
const MAX_PAGE = 100
/** What was said before the first unread message, so that it can be understood. */
const CONTEXT = 20

/** Reads a page: as a participant does, or as an admin. */
export type MessageSource = RestApi['listMessages']

type Replacement = Omit<Extract<ChatAction, { type: 'page_loaded' }>, 'type' | 'conversationId'>

/** What is to stand in place of whatever is loaded. */
interface Wish {
  name: string
  done: Promise<void>
}

/**
 * Loads stretches of history over REST into the store. Each kind of load of one conversation runs once at a time; of those that replace
 * what is loaded the latest counts, whichever is answered first.
 */
export class History {
  readonly #store: ChatStore
  readonly #list: MessageSource
  readonly #running = new Set<string>()
  /** By conversation. */
  readonly #wishes = new Map<string, Wish>()

  constructor(store: ChatStore, list: MessageSource) {
    this.#store = store
    this.#list = list
  }

  /** What somebody begins with who has read up to `seq`; null: the end. In place of whatever is loaded. */
  async loadAfter(conversationId: string, seq: number | null): Promise<void> {
    const unread = seq === null ? 0 : this.#lastSeq(conversationId) - seq
    if (seq !== null && unread > MAX_PAGE - CONTEXT) await this.loadAround(conversationId, seq + 1)
    else await this.loadLatest(conversationId, Math.max(PAGE, unread + CONTEXT))
  }

  /** The latest page, in place of whatever is loaded. */
  async loadLatest(conversationId: string, limit = PAGE): Promise<void> {
    await this.#replace(conversationId, `latest ${limit}`, async () => {
      const upTo = this.#lastSeq(conversationId)
      const { data, hasMore } = await this.#list({ conversationId, limit })
      return { messages: data, hasOlder: hasMore, upTo }
    })
  }

  /** A message and what stands before and after it, in place of whatever is loaded. */
  async loadAround(conversationId: string, seq: number): Promise<void> {
    await this.#replace(conversationId, `around ${seq}`, async () => {
      const { data, hasMore } = await this.#list({ conversationId, around: seq, limit: PAGE })
      return { messages: data, hasOlder: hasMore }
    })
  }

  /** To one message of the open conversation, wherever in its history that is. */
  async goTo(conversationId: string, seq: number): Promise<void> {
    this.#store.dispatch({ type: 'message_sought', sought: { conversationId, seq } })
    if (!this.#holds(conversationId, seq)) return this.loadAround(conversationId, seq)
    // What was wished before would take it away again.
    this.#wishes.delete(conversationId)
  }

  async loadOlder(conversationId: string): Promise<void> {
    const timeline = this.#store.getState().timelines[conversationId]
    const before = timeline?.messages[0]?.seq
    if (!timeline?.hasOlder || before === undefined) return
    await this.#once(`older:${conversationId}`, conversationId, async () => {
      this.#store.dispatch({ type: 'page_requested', conversationId, part: 'older' })
      const { data, hasMore } = await this.#list({ conversationId, before, limit: PAGE })
      if (!this.#holds(conversationId, before)) return
      this.#store.dispatch({ type: 'older_page_loaded', conversationId, messages: data, hasOlder: hasMore })
    })
  }

  /** What follows a stretch that does not go to the end. */
  async loadNewer(conversationId: string): Promise<void> {
    const messages = this.#store.getState().timelines[conversationId]?.messages
    const first = messages?.[0]?.seq
    const after = messages?.at(-1)?.seq
    if (first === undefined || after === undefined) return
    await this.#once(`newer:${conversationId}`, conversationId, async () => {
      this.#store.dispatch({ type: 'page_requested', conversationId, part: 'newer' })
      const upTo = this.#lastSeq(conversationId)
      const { data, hasMore } = await this.#list({ conversationId, after, limit: PAGE })
      if (!this.#holds(conversationId, first)) return
      const end = hasMore ? {} : { upTo }
      this.#store.dispatch({ type: 'newer_page_loaded', conversationId, messages: data, ...end })
    })
  }

  /** The server promises no hole; should one show up all the same, what is missing is fetched. */
  async fillGap(conversationId: string, after: number): Promise<void> {
    await this.#once(`gap:${conversationId}:${after}`, conversationId, async () => {
      const { data } = await this.#list({ conversationId, after, limit: MAX_PAGE })
      if (!this.#holds(conversationId, after)) return
      this.#store.dispatch({ type: 'gap_filled', conversationId, messages: data })
    })
  }

  #lastSeq(conversationId: string): number {
    return this.#store.getState().conversations[conversationId]?.lastSeq ?? 0
  }

  /** Whether what a page was asked for to join is still there. */
  #holds(conversationId: string, seq: number): boolean {
    return this.#store.getState().timelines[conversationId]?.messages.some((message) => message.seq === seq) ?? false
  }

  #replace(conversationId: string, name: string, ask: () => Promise<Replacement>): Promise<void> {
    const present = this.#wishes.get(conversationId)
    if (present?.name === name) return present.done
    const wish: Wish = { name, done: Promise.resolve() }
    this.#wishes.set(conversationId, wish)
    this.#store.dispatch({ type: 'page_requested', conversationId, part: 'latest' })
    wish.done = this.#fulfil(conversationId, wish, ask)
    return wish.done
  }

  async #fulfil(conversationId: string, wish: Wish, ask: () => Promise<Replacement>): Promise<void> {
    const isWished = () => this.#wishes.get(conversationId) === wish
    try {
      const page = await ask()
      if (isWished()) this.#store.dispatch({ type: 'page_loaded', conversationId, ...page })
    } catch (err) {
      const detail = toRequestFailure(err).message
      if (isWished()) this.#store.dispatch({ type: 'page_failed', conversationId, detail })
    } finally {
      if (isWished()) this.#wishes.delete(conversationId)
    }
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
