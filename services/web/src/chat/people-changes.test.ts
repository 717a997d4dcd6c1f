import type { SharedConversation } from '@parley/contracts'
import { expect, test } from 'vitest'
import { conversationRows } from '../text/conversation-rows.ts'
import { conversationName, personName, previewOf } from '../text/names.ts'
import type { ChatAction } from './chat-action.ts'
import { reduce } from './chat-reducer.ts'
import { CONVERSATION, conversation, message, openState, participant } from './fixtures.ts'
import { rightsIn } from './rights.ts'

const told = (patch: Partial<SharedConversation>): ChatAction => {
  const { lastMessage: _last, cursor: _cursor, unreadCount: _unread, me: _me, ...shared } = conversation({ lastSeq: 3 })
  return { type: 'conversation_shared', conversation: { ...shared, rev: 1, ...patch } }
}
const system = (seq: number, content: string) =>
  message(seq, 'parley:system', {
    type: 'system',
    content,
    sender: { userId: 'parley:system', name: null, avatarUrl: null },
  })

test('a conversation closes and opens before the eyes of who reads it, and late news change nothing', () => {
  const closed = reduce(openState(), told({ status: 'closed', statusReason: 'cancelled', rev: 2 }))
  expect(closed.conversations[CONVERSATION]).toMatchObject({ status: 'closed', statusReason: 'cancelled' })
  const late = reduce(closed, told({ status: 'active', rev: 1 }))
  expect(late.conversations[CONVERSATION]?.status).toBe('closed')
  const open = reduce(late, told({ status: 'active', statusReason: null, rev: 3 }))
  expect(open.conversations[CONVERSATION]).toMatchObject({ status: 'active', statusReason: null })
})

test('another role is another right at once', () => {
  const participants = [{ ...participant('ana'), role: 'observer' }, participant('bruno')]
  const state = reduce(openState(), told({ kind: 'group', participants }))
  expect(rightsIn(state.conversations[CONVERSATION]!, 'ana').write).toBe(false)
})

test('a message of the system counts as nothing unread, begins nothing new and names nobody', () => {
  const state = reduce(openState(), { type: 'message_arrived', message: system(4, 'This conversation is closed') })
  expect(state.conversations[CONVERSATION]).toMatchObject({ unreadCount: 0, lastSeq: 4 })
  expect(previewOf(state.conversations[CONVERSATION]!.lastMessage)).toBe('This conversation is closed')
  expect(personName({ userId: 'parley:system', name: null })).toBe('Parley')
  const rows = conversationRows({ messages: [message(3), system(4, 'closed'), message(5)], hasOlder: true }, 3, 'ana')
  expect(rows.map(({ message, startsUnread }) => [message.seq, startsUnread])).toEqual([
    [3, false],
    [4, false],
    [5, true],
  ])
})

test('what somebody leaves, or is removed from, closes; what never was there stays, to say so', () => {
  const left = reduce(openState(), {
    type: 'participant_left',
    event: { conversationId: CONVERSATION, userId: 'ana' },
  })
  expect(left).toMatchObject({ openId: null, conversations: {} })
  const unknown = reduce(left, { type: 'conversation_opened', conversationId: 'elsewhere' })
  expect(reduce(unknown, { type: 'conversation_gone', conversationId: 'elsewhere' }).openId).toBe('elsewhere')
})

test('blocks and broadcasts are held once each', () => {
  const actions: ChatAction[] = [
    { type: 'blocks_known', userIds: ['bruno'], before: [] },
    { type: 'block_changed', userId: 'bruno', blocked: true },
    { type: 'block_changed', userId: 'carla', blocked: true },
    { type: 'block_changed', userId: 'bruno', blocked: false },
    { type: 'broadcast_heard', broadcast: { id: 'b1', title: null, content: 'Hello', at: '2026-01-01T00:00:00Z' } },
    { type: 'broadcast_heard', broadcast: { id: 'b1', title: null, content: 'Hello', at: '2026-01-01T00:00:00Z' } },
  ]
  const state = actions.reduce(reduce, openState())
  expect(state.blocked).toEqual(['carla'])
  expect(state.broadcasts).toHaveLength(1)
  expect(reduce(state, { type: 'broadcast_dismissed', id: 'b1' }).broadcasts).toEqual([])
})

test('a conversation about something is called after it, and a direct one after the other even when an admin joins', () => {
  const context = { type: 'booking', id: 'B-1', title: null, status: null, parent: null }
  const held = conversation({ kind: 'context', context })
  expect(conversationName(held, 'ana')).toBe('booking B-1')
  expect(conversationName({ ...held, context: { ...context, title: 'Deep clean' } }, 'ana')).toBe('Deep clean')
  const joined = conversation({
    participants: [participant('ana'), participant('bruno'), { ...participant('mia'), role: 'moderator', staff: true }],
    participantCount: 3,
  })
  expect(conversationName(joined, 'ana')).toBe('bruno')
  expect(conversationName(joined, 'mia')).toBe('ana and bruno')
})

test('what becomes of a conversation leaves its place in the list; what somebody writes, and the host, moves it', () => {
  const place = (one: ReturnType<typeof message>) =>
    reduce(openState(), { type: 'message_arrived', message: one }).conversations[CONVERSATION]?.activityAt
  const before = openState().conversations[CONVERSATION]?.activityAt
  const [said, refunded] = [message(4), system(4, 'Refunded')]
  expect(place({ ...system(4, 'A moderator has joined'), payload: { event: 'moderator_joined' } })).toBe(before)
  expect([place(said), place(refunded)]).toEqual([said.createdAt, refunded.createdAt])
  expect(before! < said.createdAt).toBe(true)
})

test('somebody is called otherwise wherever they stand, and only there; what is known already changes nothing', () => {
  const profile = { userId: 'bruno', name: 'Bruno Silva', avatarUrl: 'https://example.com/1.png' }
  const before = reduce(openState(), { type: 'message_arrived', message: message(4, 'ana') })
  const state = reduce(before, { type: 'user_updated', profile })
  const held = state.conversations[CONVERSATION]!
  expect(conversationName(held, 'ana')).toBe('Bruno Silva')
  const senders = state.timelines[CONVERSATION]?.messages.map(({ sender }) => sender)
  expect(senders).toEqual([profile, profile, profile, message(4, 'ana').sender])
  expect(held.lastMessage).toBe(before.conversations[CONVERSATION]!.lastMessage)
  expect(state.timelines[CONVERSATION]!.messages[3]).toBe(before.timelines[CONVERSATION]!.messages[3])
  expect(reduce(state, { type: 'user_updated', profile })).toBe(state)
  expect(reduce(state, { type: 'user_updated', profile: { ...profile, userId: 'stranger' } })).toBe(state)
  const mine = reduce(state, { type: 'user_updated', profile: { userId: 'ana', name: 'Ana F.', avatarUrl: null } })
  expect([mine.me?.name, mine.conversations[CONVERSATION]!.lastMessage?.sender.name]).toEqual(['Ana F.', 'Ana F.'])
})

test('whom somebody blocks or unblocks while they are listed stays so', () => {
  const listed: ChatAction = { type: 'blocks_known', userIds: ['bruno', 'carl'], before: ['bruno'] }
  const decided = [
    { type: 'block_changed', userId: 'bruno', blocked: false },
    { type: 'block_changed', userId: 'dora', blocked: true },
  ] satisfies ChatAction[]
  const state = [...decided, listed].reduce(reduce, { ...openState(), blocked: ['bruno'] })
  expect(state.blocked).toEqual(['carl', 'dora'])
})

test('who comes and goes, and what this person has left, is not undone by an answer that was asked for before', () => {
  const before = openState()
  const asked = before.turnover
  const old = conversation({ lastSeq: 3, rev: 5 })
  const late: ChatAction[] = [
    { type: 'conversations_loaded', conversations: [old], nextCursor: null, asked },
    { type: 'conversations_found', conversations: [old], asked },
    { type: 'conversation_loaded', conversation: old, asked },
    {
      type: 'changes_synced',
      changes: {
        conversation: old,
        messages: [],
        changed: [],
        hidden: [],
        participants: [],
        hasMore: false,
        reset: false,
      },
      asked,
    },
  ]
  const on = { conversationId: CONVERSATION }
  const moved = [
    { type: 'participant_joined', event: { ...on, participant: participant('carl') } },
    { type: 'participant_left', event: { ...on, userId: 'bruno' } },
  ] satisfies ChatAction[]
  const left = reduce(before, { type: 'participant_left', event: { ...on, userId: 'ana' } })
  for (const action of late) {
    const held = reduce(moved.reduce(reduce, before), action).conversations[CONVERSATION]
    expect(held, action.type).toMatchObject({ rev: 5, participantCount: 2 })
    expect(
      held?.participants.map(({ userId }) => userId),
      action.type,
    ).toEqual(['ana', 'carl'])
    expect(reduce(left, action).conversations, action.type).toEqual({})
  }
  // let in again, they are in it
  const again = reduce(left, { type: 'conversation_loaded', conversation: old, asked: left.turnover })
  expect(again.conversations[CONVERSATION]?.participantCount).toBe(2)
})
