import type {
  Conversation,
  FoundMessage,
  HandshakeSync,
  ListConversations,
  Page,
  Sync,
  SyncResult,
} from '@parley/contracts'
import { isRefusal, type Refusal, type RequestFailure, toRequestFailure } from '../net/request-failure.ts'
import type { RestApi } from '../net/rest-api.ts'
import { catchUp, type HandshakeAnswer, type HandshakeQuestion, questionOf } from './catch-up.ts'
import { CatchingUp } from './catching-up.ts'
import type { ChatAction } from './chat-action.ts'
import type { ChatStore } from './chat-store.ts'
import { foundAfter } from './found-messages.ts'
import type { History } from './history.ts'
import type { ListFilter } from './own-conversations.ts'
import { reachesBackTo } from './timeline.ts'

/** As many conversations at once as the list shows. */
const CONVERSATIONS = 50
/** Found messages at once. */
const MESSAGES = 20
/** Whoever looks further asks for it. */
const MAX_EMPTY_PAGES = 20
/** What follows is there to scroll to. */
const MAX_LIST_PAGES = 20
/** The list's order is that of hours. */
const LIST_ORDER_MS = 3_600_000
/** Everything that the server names is one. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const NO_SUCH_CONVERSATION = 'No such conversation.'

interface ConversationLoaderDeps {
  store: ChatStore
  rest: RestApi
  history: History
  sync(input: Sync): Promise<SyncResult>
  connected(): boolean
  /** What was held is of before a restore from a backup, and is replaced. */
  onRestored(): void
  /** The token is not, or no longer, good. */
  onRefused(detail: string, code: Refusal): void
}

/** Brings conversations and what was said in them: the first time, and what was missed when the connection was away. */
export class ConversationLoader {
  readonly #deps: ConversationLoaderDeps
  readonly #fetching = new Map<string, boolean>()
  #loadsMore = false
  readonly #catchingUp: CatchingUp
  /** The server's time of the `ready` after which everything is heard live. */
  #readyAt: string | null = null
  /** Its time up to which everything is here; null before the first list after that. */
  #syncedAt: string | null = null
  /** What the connection that is being made asks, and what the one that was made last was answered, until that is merged. */
  #question: HandshakeQuestion | undefined
  #answer: HandshakeAnswer | undefined

  constructor(deps: ConversationLoaderDeps) {
    this.#deps = deps
    this.#catchingUp = new CatchingUp({
      ask: () => this.#catchUp(),
      connected: deps.connected,
      onChange: (isCatchingUp) => deps.store.dispatch({ type: 'catching_up', isCatchingUp }),
    })
  }

  /** What a new connection asks at once: nothing before there is something to compare with. */
  missed(): HandshakeSync | undefined {
    this.#question = this.#syncedAt === null ? undefined : questionOf(this.#deps.store, this.#syncedAt)
    return this.#question?.sync
  }

  /**
   * Everything from here on arrives live; what was before is loaded the first time and compared afterwards. `missed`: the answer to what
   * the handshake asked.
   */
  async afterReady(at: string, missed: SyncResult | undefined): Promise<void> {
    const { store } = this.#deps
    this.#answer = missed && this.#question && { ...this.#question, result: missed }
    const first = this.#syncedAt === null
    this.#readyAt = at
    if (first) await this.loadList()
    // The list is fresh; what was opened before it may have missed something.
    if (!first || Object.keys(store.getState().timelines).length > 0) await this.#catchingUp.askAnew()
    const { openId, timelines } = store.getState()
    if (openId && timelines[openId]?.status !== 'ready') await this.open(openId)
  }

  /** What has changed, whatever it is. */
  async sync(): Promise<void> {
    if (this.#syncedAt !== null) await this.#catchingUp.ask()
  }

  async #catchUp(): Promise<RequestFailure | null> {
    const { store, sync, onRestored } = this.#deps
    if (this.#syncedAt === null) return null
    const answer = this.#answer
    this.#answer = undefined
    try {
      const { since, restored, complete } = await catchUp(store, sync, this.#syncedAt, answer)
      // The list has what is new, however much; where it does not come the next time asks for the same again.
      if (complete || (await this.#loadListSince(this.#syncedAt))) this.#syncedAt = since
      if (restored) onRestored()
      await this.#bringUnread()
    } catch (err) {
      const failure = toRequestFailure(err)
      if (failure.retryable) return failure
      await this.loadList()
    }
    return null
  }

  /** True when the newest page of the list is here. */
  async loadList(): Promise<boolean> {
    const done = (await this.#loadConversations()) !== null
    if (done) this.#syncedAt ??= this.#readyAt
    return done
  }

  /** The list, as far down as something happened since then. True: all of that is here, or as much as somebody scrolls through. */
  async #loadListSince(since: string): Promise<boolean> {
    const oldest = Date.parse(since) - LIST_ORDER_MS
    let page = await this.#loadConversations()
    for (let count = 1; page && count < MAX_LIST_PAGES; count++) {
      if (!page.nextCursor || page.data.every(({ activityAt }) => Date.parse(activityAt) < oldest)) break
      page = await this.#loadConversations(page.nextCursor)
    }
    return page !== null
  }

  async loadMore(): Promise<void> {
    const { nextCursor } = this.#deps.store.getState().list
    if (!nextCursor || this.#loadsMore) return
    this.#loadsMore = true
    await this.#loadConversations(nextCursor)
    this.#loadsMore = false
  }

  /** A page of those that somebody looks for: their ids, in the server's order. @throws RequestFailure */
  async find(filter: ListFilter, q: string, cursor: string | undefined): Promise<Page<string>> {
    const looked = { ...(q && { q }), ...(filter === 'unread' && { unread: true }), archived: filter === 'archived' }
    const { store } = this.#deps
    const asked = store.getState().turnover
    const page = await this.#page(looked, cursor)
    store.dispatch({ type: 'conversations_found', conversations: page.data, asked })
    return { ...page, data: page.data.map(({ id }) => id) }
  }

  /** A page of the messages that have these words, as they are when it comes. @throws RequestFailure */
  async findMessages(q: string, cursor: string | undefined): Promise<Page<FoundMessage>> {
    const { store, rest } = this.#deps
    const meanwhile: ChatAction[] = []
    const stop = store.follow((action) => meanwhile.push(action))
    try {
      const page = await rest.searchMessages({ q, limit: MESSAGES, cursor })
      const myId = store.getState().me?.userId
      const found = meanwhile.reduce<readonly FoundMessage[]>(
        (held, action) => foundAfter(held, action, myId),
        page.data,
      )
      return { ...page, data: [...found] }
    } finally {
      stop()
    }
  }

  /** The next page with something in it: the server looks at so many for one, and may find none of them. */
  async #page(looked: ListConversations, cursor: string | undefined): Promise<Page<Conversation>> {
    const { listConversations } = this.#deps.rest
    let page = await listConversations({ ...looked, limit: CONVERSATIONS, cursor })
    for (let round = 0; round < MAX_EMPTY_PAGES && page.data.length === 0 && page.nextCursor; round++)
      page = await listConversations({ ...looked, limit: CONVERSATIONS, cursor: page.nextCursor })
    return page
  }

  async #loadConversations(cursor?: string): Promise<Page<Conversation> | null> {
    const { store, onRefused } = this.#deps
    const asked = store.getState().turnover
    try {
      const page = await this.#page({}, cursor)
      const { data, nextCursor } = page
      store.dispatch({ type: 'conversations_loaded', conversations: data, nextCursor, asked })
      return page
    } catch (err) {
      const failure = toRequestFailure(err)
      if (isRefusal(failure.code)) onRefused(failure.message, failure.code)
      store.dispatch({ type: 'conversations_failed', detail: failure.message })
      return null
    }
  }

  /** The conversation, and of its messages those that somebody begins to read with. */
  async open(id: string): Promise<void> {
    const { store, history } = this.#deps
    if (!uuid.test(id)) return store.dispatch({ type: 'page_failed', conversationId: id, detail: NO_SUCH_CONVERSATION })
    // How far it was read says where to begin.
    const failure = store.getState().conversations[id] ? null : await this.fetch(id)
    const { timelines, newAfter, openId, sought } = store.getState()
    if (openId !== id) return
    if (failure) return store.dispatch({ type: 'page_failed', conversationId: id, detail: failure })
    if (sought) return history.goTo(id, sought.seq)
    if (timelines[id]?.status === 'ready') return
    await history.loadAfter(id, newAfter ?? null)
  }

  /** Answers why it did not come, in words for people; null: it did. */
  async fetch(id: string): Promise<string | null> {
    const { store, rest } = this.#deps
    // Asked again while one answer is on its way: that answer may be too old, so it is fetched once more.
    if (this.#fetching.has(id)) {
      this.#fetching.set(id, true)
      return null
    }
    let failure: string | null = null
    do {
      this.#fetching.set(id, false)
      const asked = store.getState().turnover
      try {
        const conversation = await rest.getConversation({ conversationId: id })
        store.dispatch({ type: 'conversation_loaded', conversation, asked })
        failure = null
      } catch (err) {
        const { code, message } = toRequestFailure(err)
        failure = code === 'not_found' ? NO_SUCH_CONVERSATION : message
        if (code === 'not_found') store.dispatch({ type: 'conversation_gone', conversationId: id })
      }
    } while (this.#fetching.get(id))
    this.#fetching.delete(id)
    return failure
  }

  /** The latest page came with sync, after a long absence: whoever reads begins at what is new. */
  async #bringUnread(): Promise<void> {
    const { store, history } = this.#deps
    const { openId, newAfter, timelines } = store.getState()
    const timeline = openId ? timelines[openId] : undefined
    if (!openId || typeof newAfter !== 'number' || timeline?.status !== 'ready') return
    if (!reachesBackTo(timeline, newAfter)) await history.loadAfter(openId, newAfter)
  }
}
