import { describe, expect, test } from 'vitest'
import { reduce } from './chat-reducer.ts'
import { type ChatState, initialState } from './chat-state.ts'
import { untouched } from './conversations.ts'
import { ana, CONVERSATION, conversation, message, openState, participant } from './fixtures.ts'
import { readersOf, shownUnread, totalUnread, unreadLabel } from './read-state.ts'

const held = (state: ChatState) => state.conversations[CONVERSATION]!
/** The conversation stands in the list, closed. */
const listed = (patch = {}) =>
  reduce(initialState(ana), {
    type: 'conversations_loaded',
    conversations: [conversation({ lastSeq: 3, ...patch })],
    nextCursor: null,
  })
const arrive = (state: ChatState, ...args: Parameters<typeof message>) =>
  reduce(state, { type: 'message_arrived', message: message(...args) })

describe('unread', () => {
  test('counts what others write, once, and stops at 99+', () => {
    let state = arrive(arrive(listed(), 4), 4)
    expect(held(state).unreadCount).toBe(1)
    state = arrive(listed({ unreadCount: 100 }), 4)
    expect(unreadLabel(held(state).unreadCount)).toBe('99+')
  })
  test('does not count own messages from another device, which say that everything was read', () => {
    const state = arrive(listed({ unreadCount: 2 }), 4, 'ana')
    expect(held(state)).toMatchObject({ unreadCount: 0, me: { lastReadSeq: 4 } })
  })
  test('vanishes when it was read on another device', () => {
    const me = untouched(5)
    const state = reduce(arrive(arrive(listed(), 4), 5), {
      type: 'conversation_state',
      state: { conversationId: CONVERSATION, cursor: 'c9', unreadCount: 0, me },
    })
    expect(held(state).unreadCount).toBe(0)
  })
  test('counts a message that arrived after the server had counted', () => {
    let state = arrive(arrive(openState(3), 4), 5)
    state = reduce(state, {
      type: 'read_marked',
      conversationId: CONVERSATION,
      read: { lastReadSeq: 4, unreadCount: 0 },
    })
    expect(held(state).unreadCount).toBe(1)
  })
  test('never moves backwards on a late answer', () => {
    let state = openState(3)
    state = reduce(state, {
      type: 'read_marked',
      conversationId: CONVERSATION,
      read: { lastReadSeq: 1, unreadCount: 2 },
    })
    expect(held(state)).toMatchObject({ unreadCount: 0, me: { lastReadSeq: 3 } })
  })
  test('is not shown for what arrives before somebody who looks at the end', () => {
    const state = arrive(reduce(openState(3), { type: 'following_changed', following: true }), 4)
    expect([shownUnread(state, held(state)), totalUnread(state)]).toEqual([0, 0])
    const away = reduce(state, { type: 'attention_changed', attentive: false })
    expect([shownUnread(away, held(away)), totalUnread(away)]).toEqual([1, 1])
  })
  test('is shown for what arrives below somebody who has scrolled up, until it was on the screen', () => {
    const state = arrive(openState(3), 4)
    expect(shownUnread(state, held(state))).toBe(1)
    const seen = reduce(state, { type: 'messages_seen', conversationId: CONVERSATION, seq: 4 })
    expect(shownUnread(seen, held(seen))).toBe(0)
    const closed = reduce(seen, { type: 'conversation_opened', conversationId: null })
    expect(totalUnread(closed)).toBe(0)
  })
})

describe('read ticks', () => {
  const read = (state: ChatState, userId: string | null, seq: number, readCount?: number) =>
    reduce(state, {
      type: 'messages_read',
      event: { conversationId: CONVERSATION, userId, seq, at: '', ...(readCount !== undefined && { readCount }) },
    })
  test('appear when the other has read that far, and stay', () => {
    let state = read(arrive(listed(), 4, 'ana'), 'bruno', 3)
    expect(readersOf(held(state), 4, 'ana').everybody).toBe(false)
    state = read(read(state, 'bruno', 4), 'bruno', 2)
    expect(readersOf(held(state), 4, 'ana').everybody).toBe(true)
  })
  test('appear when the other answers, since writing says that everything before was read', () => {
    const state = arrive(arrive(listed(), 4, 'ana'), 5, 'bruno')
    expect(readersOf(held(state), 4, 'ana').everybody).toBe(true)
  })
  test('in a group wait for everybody', () => {
    const participants = ['ana', 'bruno', 'chidi'].map((userId) => participant(userId))
    let state = listed({ kind: 'group', participants, participantCount: 3 })
    state = read(arrive(state, 4, 'ana'), 'bruno', 4)
    expect(readersOf(held(state), 4, 'ana')).toEqual({ count: 1, others: 2, everybody: false })
    expect(readersOf(held(read(state, 'chidi', 4)), 4, 'ana').everybody).toBe(true)
  })
  test('in a large conversation follow the count', () => {
    const state = read(listed({ kind: 'group', participantCount: 61 }), null, 3, 60)
    expect(readersOf(held(state), 3, 'ana').everybody).toBe(true)
    expect(readersOf(held(state), 4, 'ana').everybody).toBe(false)
  })
})

describe('typing', () => {
  const typing = (state: ChatState, until: number | null) =>
    reduce(state, { type: 'typing_changed', conversationId: CONVERSATION, userId: 'bruno', until })
  const typers = (state: ChatState) => Object.keys(state.typing[CONVERSATION] ?? {})
  test('shows until it stops, its time is over, or the message comes', () => {
    const state = typing(openState(3), 6000)
    expect(typers(state)).toEqual(['bruno'])
    expect(typers(typing(state, null))).toEqual([])
    expect(typers(reduce(state, { type: 'typing_expired', now: 5999 }))).toEqual(['bruno'])
    expect(typers(reduce(state, { type: 'typing_expired', now: 6000 }))).toEqual([])
    expect(typers(arrive(state, 4))).toEqual([])
  })
})
