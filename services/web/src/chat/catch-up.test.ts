import type { ConversationChanges, Sync, SyncResult } from '@parley/contracts'
import { expect, test } from 'vitest'
import { catchUp, questionOf } from './catch-up.ts'
import { createChatStore } from './chat-store.ts'
import { CONVERSATION, conversation, message } from './fixtures.ts'

const OTHER = '0190a000-0000-7000-8000-000000000002'
const SINCE = '2026-01-02T10:00:00.000Z'
const at = (second: number) => `2026-01-02T11:00:0${second}.000Z`

const nothing = (second: number): SyncResult => ({ conversations: [], gone: [], hasMore: false, at: at(second) })
const changes = (seq: number): ConversationChanges => ({
  conversation: conversation({ lastSeq: seq, cursor: `cursor-${seq}` }),
  ...{ reset: false, messages: [message(seq)], changed: [], hidden: [], participants: [], hasMore: false },
})

function held() {
  const store = createChatStore()
  store.dispatch({
    type: 'conversations_loaded',
    conversations: [conversation({ lastSeq: 1, cursor: 'cursor-1' })],
    nextCursor: null,
    asked: {},
  })
  const asked: Sync[] = []
  const sync = async (input: Sync) => {
    asked.push(input)
    return nothing(asked.length)
  }
  return { store, asked, sync }
}

test('what the handshake was answered is asked for no more', async () => {
  const { store, asked, sync } = held()
  const question = questionOf(store, SINCE)!
  expect(question.sync).toEqual({ cursors: [{ conversationId: CONVERSATION, cursor: 'cursor-1' }], since: SINCE })
  const result = { ...nothing(0), conversations: [changes(2)] }
  expect(await catchUp(store, sync, SINCE, { ...question, result })).toEqual({
    since: at(0),
    restored: false,
    complete: true,
  })
  expect(asked).toEqual([])
  expect(store.getState().conversations[CONVERSATION]).toMatchObject({ lastSeq: 2, cursor: 'cursor-2' })
})

test('the rest of an answer that is not all, and what came to be held since it was asked for, is asked for', async () => {
  for (const part of [{ hasMore: true }, {}]) {
    const { store, asked, sync } = held()
    const question = questionOf(store, SINCE)!
    if (!part.hasMore)
      store.dispatch({
        ...{ type: 'conversations_loaded', nextCursor: null, asked: {} },
        conversations: [conversation({ id: OTHER, cursor: 'cursor-other' })],
      })
    await catchUp(store, sync, SINCE, { ...question, result: { ...nothing(0), conversations: [changes(2)], ...part } })
    const cursors = [{ conversationId: CONVERSATION, cursor: 'cursor-2' }]
    if (!part.hasMore) cursors.push({ conversationId: OTHER, cursor: 'cursor-other' })
    expect(asked).toEqual([{ cursors: expect.toSatisfy((all) => equal(all, cursors)), since: SINCE }])
  }
})

/** Of a server where all of these are new or changed, 50 at a time: those that the question names first. */
function serverWith(news: readonly string[], known: readonly string[]) {
  const asked: Sync[] = []
  const sync = async (input: Sync): Promise<SyncResult> => {
    asked.push(input)
    const named = input.cursors.map(({ conversationId }) => conversationId)
    const differing = input.cursors.filter(({ cursor }) => cursor !== 'now').map(({ conversationId }) => conversationId)
    const unnamed = input.since ? [...known, ...news].filter((id) => !named.includes(id)) : []
    const all = [...differing, ...unnamed]
    const conversations = all.slice(0, 50).map((id) => ({
      ...changes(2),
      conversation: conversation({ id, cursor: 'now' }),
      reset: !named.includes(id),
      messages: [],
    }))
    return { ...nothing(1), conversations, hasMore: all.length > 50 }
  }
  return { asked, sync }
}
const idsOf = (count: number, part: string) =>
  Array.from({ length: count }, (_, i) => `0190a000-0000-7000-${part}-${String(i).padStart(12, '0')}`)

/** Holds these, none of them as it is now. */
function holding(ids: readonly string[]) {
  const store = createChatStore()
  const conversations = ids.map((id) => conversation({ id, cursor: 'before' }))
  store.dispatch({ type: 'conversations_loaded', conversations, nextCursor: null, asked: {} })
  return store
}

test('where more is new than a question can name, what is held is brought to date all the same, and it is said that something is missing', async () => {
  const known = idsOf(250, '9000')
  const store = holding(known)
  const { asked, sync } = serverWith(idsOf(120, 'a000'), known)
  expect(await catchUp(store, sync, SINCE)).toMatchObject({ complete: false })
  expect(asked.length).toBeLessThan(12)
  const { conversations } = store.getState()
  expect(known.filter((id) => conversations[id]?.cursor !== 'now')).toEqual([])
})

test('what is new is all here where it can be named', async () => {
  const known = idsOf(20, '9000')
  const store = holding(known)
  const { sync } = serverWith(idsOf(150, 'a000'), known)
  expect(await catchUp(store, sync, SINCE)).toMatchObject({ complete: true })
  expect(Object.keys(store.getState().conversations)).toHaveLength(170)
})

test('a held conversation that no place was left to name is not taken for a new one', async () => {
  const known = idsOf(201, '9000')
  const store = holding(known)
  const reset: string[] = []
  const { sync } = serverWith([], known)
  const { dispatch } = store
  store.dispatch = (action) => {
    if (action.type === 'changes_synced' && action.changes.reset) reset.push(action.changes.conversation.id)
    dispatch(action)
  }
  expect(await catchUp(store, sync, SINCE)).toMatchObject({ complete: true })
  expect(reset).toEqual([])
  expect(store.getState().conversations[known[200]!]?.cursor).toBe('now')
})

test('who holds more than a handshake may name asks afterwards', () => {
  const { store } = held()
  const many = Array.from({ length: 50 }, (_, i) => conversation({ id: `0190a000-0000-7000-9000-0000000000${i + 10}` }))
  store.dispatch({ type: 'conversations_loaded', conversations: many, nextCursor: null, asked: {} })
  expect(questionOf(store, SINCE)).toBe(undefined)
})

/** In any order. */
function equal(some: Sync['cursors'], others: Sync['cursors']): boolean {
  const sorted = (all: Sync['cursors']) =>
    JSON.stringify([...all].sort((a, b) => (a.conversationId < b.conversationId ? -1 : 1)))
  return sorted(some) === sorted(others)
}
