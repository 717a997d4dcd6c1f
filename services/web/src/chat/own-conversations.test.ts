import { describe, expect, test } from 'vitest'
import { reduce } from './chat-reducer.ts'
import type { ChatState } from './chat-state.ts'
import { untouched } from './conversations.ts'
import { CONVERSATION, conversation, message, openState, seqs } from './fixtures.ts'
import { belongsIn, inListOrder, isMuted, writableBy } from './own-conversations.ts'
import { totalUnread } from './read-state.ts'

const AT = '2026-01-02T11:00:00.000Z'
type Own = ReturnType<typeof untouched>

/** What the server says of it after something was done with it, here or on another device. */
const stands = (state: ChatState, me: Partial<Own>, unreadCount = 0): ChatState =>
  reduce(state, {
    type: 'conversation_state',
    state: { conversationId: CONVERSATION, cursor: 'c1', unreadCount, me: { ...held(state).me, ...me } },
  })
const held = (state: ChatState) => state.conversations[CONVERSATION]!
const listedIn = (state: ChatState) =>
  (['all', 'unread', 'archived'] as const).filter((filter) => belongsIn(state, filter, held(state)))
const closed = (state: ChatState) => reduce(state, { type: 'conversation_opened', conversationId: null })
const arrives = (state: ChatState, seq: number) =>
  reduce(state, { type: 'message_arrived', message: message(seq, 'bruno', { createdAt: '2026-01-02T12:00:00.000Z' }) })

describe('what is archived', () => {
  test('stands in its own list, and comes back with something new', () => {
    const archived = stands(closed(openState(3)), { archivedAt: AT })
    expect(listedIn(archived)).toEqual(['archived'])
    expect(listedIn(arrives(archived, 4))).toEqual(['all', 'unread'])
  })

  test('stays there where the rules say so', () => {
    const archived = stands(closed(openState(3)), { archivedAt: AT, staysArchived: true })
    const next = arrives(archived, 4)
    expect(listedIn(next)).toEqual(['archived'])
    expect([held(next).unreadCount, totalUnread(next)]).toEqual([1, 0])
  })

  test('stays there when a message comes a second time, or its words change', () => {
    const archived = stands(closed(openState(3)), { archivedAt: AT })
    const again = reduce(archived, { type: 'message_arrived', message: message(3) })
    const edited = reduce(again, { type: 'message_updated', message: message(3, 'bruno', { rev: 7, content: 'new' }) })
    expect(listedIn(edited)).toEqual(['archived'])
  })

  test('is not archived again by what is told of reading since', () => {
    const back = arrives(stands(closed(openState(3)), { archivedAt: AT }), 4)
    expect(listedIn(stands(back, { archivedAt: AT, lastReadSeq: 4 }))).toEqual(['all'])
  })

  test('is not archived again by an answer from before what came since', () => {
    const archived = stands(closed(openState(3)), { archivedAt: AT })
    const late = conversation({ lastSeq: 3, me: held(archived).me })
    const next = reduce(arrives(archived, 4), { type: 'conversation_loaded', conversation: late })
    expect(listedIn(next)).toContain('all')
  })
})

describe('what is deleted for oneself', () => {
  test('is in no list, its messages are gone, and what is new brings back the conversation and not them', () => {
    const deleted = stands(openState(3), { clearedAt: AT, clearedBeforeSeq: 3 })
    expect(listedIn(closed(deleted))).toEqual([])
    expect(writableBy('ana', deleted.conversations)).toEqual([])
    expect(seqs(deleted)).toEqual([])
    expect(held(deleted).lastMessage).toBeNull()
    const next = arrives(deleted, 4)
    expect(listedIn(closed(next))).toContain('all')
    expect(seqs(next)).toEqual([4])
    expect(writableBy('ana', next.conversations)).toHaveLength(1)
  })

  test('goes from what another device has loaded, too, when it hears of it with the whole conversation', () => {
    const me = { ...untouched(3), clearedAt: AT, clearedBeforeSeq: 3 }
    const loaded = conversation({ lastSeq: 3, lastMessage: null, me })
    const next = reduce(openState(3), { type: 'conversation_loaded', conversation: loaded })
    expect(seqs(next)).toEqual([])
    expect(held(next).lastMessage).toBeNull()
    expect(next.timelines[CONVERSATION]?.hasOlder).toBe(false)
  })
})

test('what is muted counts nothing outside of its list, until its time is over', () => {
  const loud = arrives(closed(openState(3)), 4)
  expect(totalUnread(loud)).toBe(1)
  const muted = stands(loud, { mutedUntil: '9999-01-01T00:00:00.000Z' }, 1)
  expect([totalUnread(muted), listedIn(muted)]).toEqual([0, ['all', 'unread']])
  expect(totalUnread(stands(muted, { mutedUntil: '2026-01-01T00:00:00.000Z' }, 1))).toBe(1)
  expect(isMuted({ me: { ...untouched(0), mutedUntil: AT } }, Date.parse(AT))).toBe(false)
})

test('what is pinned is first, the latest pin at the top', () => {
  const of = (id: string, hour: number, pinnedAt: string | null) =>
    conversation({ id, activityAt: `2026-01-02T1${hour}:00:00.000Z`, me: { ...untouched(0), pinnedAt } })
  const all = [of('a', 1, null), of('b', 2, null), of('c', 0, '2026-01-01T10:00:00.000Z'), of('d', 0, AT)]
  expect(inListOrder(Object.fromEntries(all.map((one) => [one.id, one]))).map(({ id }) => id)).toEqual([
    'd',
    'c',
    'b',
    'a',
  ])
})
