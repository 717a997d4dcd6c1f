import { describe, expect, test } from 'vitest'
import { reduce } from './chat-reducer.ts'
import { type ChatState, initialState } from './chat-state.ts'
import { createChatStore } from './chat-store.ts'
import { untouched } from './conversations.ts'
import { ana, CONVERSATION, conversation, message, openState, seqs } from './fixtures.ts'
import { History } from './history.ts'
import { skipsUnread } from './opening.ts'
import { ReadMarker } from './read-marker.ts'

const unread = (lastSeq: number, lastReadSeq: number) =>
  conversation({ lastSeq, unreadCount: Math.min(lastSeq - lastReadSeq, 100), me: untouched(lastReadSeq) })
const listed = (lastSeq: number, lastReadSeq: number) =>
  reduce(initialState(ana), {
    type: 'conversations_loaded',
    conversations: [unread(lastSeq, lastReadSeq)],
    nextCursor: null,
  })
const open = (state: ChatState) => reduce(state, { type: 'conversation_opened', conversationId: CONVERSATION })
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index))
const seen = (state: ChatState, seq: number) =>
  reduce(state, { type: 'messages_seen', conversationId: CONVERSATION, seq })
const follow = (state: ChatState, following: boolean) => reduce(state, { type: 'following_changed', following })
const arrive = (state: ChatState, seq: number) => reduce(state, { type: 'message_arrived', message: message(seq) })

describe('the line above what is new', () => {
  test('stands where reading ended when the conversation was opened, and stays there while it is read', () => {
    const state = open(listed(40, 10))
    expect(state.newAfter).toBe(10)
    expect(seen(state, 30).newAfter).toBe(10)
    expect(open(listed(40, 40)).newAfter).toBeNull()
  })
  test('is found as soon as a conversation comes that the address had named', () => {
    const named = open(initialState(ana))
    expect(named.newAfter).toBeUndefined()
    expect(reduce(named, { type: 'conversation_loaded', conversation: unread(70, 3) }).newAfter).toBe(3)
  })
  test('comes when somebody who is not looking, or not at the end, is written to', () => {
    const atEnd = follow(seen(openState(3), 3), true)
    expect(arrive(atEnd, 4).newAfter).toBeNull()
    expect(arrive(reduce(atEnd, { type: 'attention_changed', attentive: false }), 4).newAfter).toBe(3)
    const above = arrive(arrive(follow(atEnd, false), 4), 5)
    expect(above.newAfter).toBe(3)
  })
  test('goes when somebody answers', () => {
    const store = createChatStore(open(listed(40, 10)))
    const entry = { clientId: 'k', conversationId: CONVERSATION, content: 'x', createdAt: '', afterSeq: 40 }
    const rest = {
      replyTo: null,
      files: [],
      state: 'sending',
      attempted: false,
      echoId: null,
      code: null,
      detail: null,
      retryable: true,
    } as const
    store.dispatch({ type: 'send_queued', entry: { ...entry, ...rest } })
    expect(store.getState().newAfter).toBeNull()
  })
})

describe('what one begins with', () => {
  function historyOver(state: ChatState, lastSeq: number) {
    const store = createChatStore(state)
    const asked: object[] = []
    const history = new History(store, async (input) => {
      asked.push(input)
      const { limit = 20, around, after, before } = input
      const all = range(1, lastSeq)
      const data =
        around !== undefined
          ? all.slice(Math.max(0, around - 1 - limit / 2), around - 1 + limit / 2)
          : after !== undefined
            ? all.slice(after, after + limit)
            : all.slice(0, before === undefined ? lastSeq : before - 1).slice(-limit)
      return { data, hasMore: (data[0]?.seq ?? 0) > 1, nextCursor: null }
    })
    return { store, history, asked, timeline: () => store.getState().timelines[CONVERSATION]! }
  }

  test('has the first unread message and what was said before it, however much is unread', async () => {
    for (const [lastSeq, lastRead] of [
      [40, 0],
      [200, 130],
      [2000, 400],
    ] as const) {
      const { store, history, timeline } = historyOver(open(listed(lastSeq, lastRead)), lastSeq)
      await history.loadAfter(CONVERSATION, store.getState().newAfter ?? null)
      expect(seqs(store.getState())).toContain(lastRead + 1)
      if (lastRead > 0) expect(timeline().messages[0]!.seq).toBeLessThanOrEqual(lastRead - 10)
      expect(timeline().partial).toBe(lastSeq === 2000)
    }
  })
  test('is a stretch that goes on below, page by page, until it has reached the end; then what arrives is put behind it', async () => {
    const { store, history, timeline } = historyOver(open(listed(200, 80)), 200)
    await history.loadAfter(CONVERSATION, 80)
    await history.loadNewer(CONVERSATION)
    const lastPage = history.loadNewer(CONVERSATION)
    store.dispatch({ type: 'message_arrived', message: message(201) })
    expect(timeline()).toMatchObject({ partial: true })
    expect(seqs(store.getState()).at(-1)).toBeLessThan(200)
    await lastPage
    expect(seqs(store.getState()).at(-1)).toBe(200)
    // 201 came while that page went to 200 only: its own page is still owed.
    expect(timeline().partial).toBe(true)
    store.dispatch({ type: 'message_arrived', message: message(201) })
    expect(timeline().partial).toBe(false)
    store.dispatch({ type: 'message_arrived', message: message(202) })
    expect(seqs(store.getState())).toEqual(range(seqs(store.getState())[0]!, 202).map(({ seq }) => seq))
  })
  test('is loaded anew where the kept end of the history does not reach back to it', () => {
    let state = openState(3)
    state = reduce(state, { type: 'conversation_opened', conversationId: null })
    state = reduce(state, {
      type: 'page_loaded',
      conversationId: CONVERSATION,
      messages: range(150, 200),
      hasOlder: true,
    })
    state = reduce(state, { type: 'conversation_loaded', conversation: { ...unread(200, 100), rev: 9 } })
    expect(open({ ...state, conversations: { [CONVERSATION]: unread(200, 100) } }).timelines).toEqual({})
    expect(open({ ...state, conversations: { [CONVERSATION]: unread(200, 170) } }).timelines).not.toEqual({})
  })
  test('of somebody who was let in just now is nothing, and what is written then is shown', () => {
    let state = open(listed(50, 50))
    state = reduce(state, { type: 'page_loaded', conversationId: CONVERSATION, messages: [], hasOlder: false })
    expect(seqs(arrive(state, 51))).toEqual([51])
  })
})

describe('the server hears that something was read', () => {
  function marking(state: ChatState) {
    const store = createChatStore({ ...state, connection: 'online' })
    const marked: [string, number][] = []
    const marker = new ReadMarker(store, async (conversationId, seq) => {
      marked.push([conversationId, seq])
      return { lastReadSeq: seq, unreadCount: 0 }
    })
    return { store, marked, evaluate: () => marker.evaluate() }
  }
  const loaded = () =>
    reduce(open(listed(40, 10)), {
      type: 'page_loaded',
      conversationId: CONVERSATION,
      messages: range(1, 40),
      hasOlder: false,
    })

  test('only as far as it was on the screen', async () => {
    const { store, marked, evaluate } = marking(loaded())
    await evaluate()
    expect(marked).toEqual([])
    store.dispatch({ type: 'messages_seen', conversationId: CONVERSATION, seq: 17 })
    store.dispatch({ type: 'message_arrived', message: message(41) })
    await evaluate()
    expect(marked).toEqual([[CONVERSATION, 17]])
    expect(store.getState().conversations[CONVERSATION]?.unreadCount).toBe(24)
  })
  test('and not over what lies between, when the latest page has come after a long absence', () => {
    const away = seen(openState(3), 3)
    const changes = {
      conversation: { ...unread(200, 3), rev: 9, cursor: 'c200' },
      messages: range(151, 200),
      changed: [],
      hidden: [],
      participants: [],
      hasMore: true,
      reset: false,
    }
    const back = reduce(away, { type: 'changes_synced', changes })
    expect(back.newAfter).toBe(3)
    expect(skipsUnread(back, CONVERSATION)).toBe(true)
    const page = { conversationId: CONVERSATION, messages: range(1, 30), hasOlder: false }
    expect(skipsUnread(reduce(back, { type: 'page_loaded', ...page }), CONVERSATION)).toBe(false)
    // Whoever has gone to the end over it has read it.
    expect(skipsUnread(seen(back, 200), CONVERSATION)).toBe(false)
  })
  test('when the connection is back, though it is no longer open', async () => {
    const { store, marked, evaluate } = marking({ ...seen(loaded(), 40), connection: 'offline' })
    store.dispatch({ type: 'connection_changed', connection: 'offline' })
    store.dispatch({ type: 'conversation_opened', conversationId: null })
    await evaluate()
    expect(marked).toEqual([])
    store.dispatch({ type: 'connection_changed', connection: 'online' })
    await evaluate()
    expect(marked).toEqual([[CONVERSATION, 40]])
  })
})
