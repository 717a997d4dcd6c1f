import { expect, test } from 'vitest'
import { type EventType, eventData } from '../events/events.ts'
import type { Participant, SharedConversation } from '../shapes/conversation.ts'
import type { Message } from '../shapes/message.ts'
import type { MessageTransition } from '../shapes/message-state.ts'
import { untouched } from '../shapes/own-state.ts'
import { type Change, eventDataOf, seqOf, subjectOf } from './change.ts'
import { movedCounters } from './server-events.ts'
import { countedReceipts, invitationOf, ownStateOf, tellingsOf } from './tellings.ts'

const id = '019a4000-0000-7000-8000-000000000001'
const at = '2026-11-01T12:00:00.000Z'
// only their identity counts here
const message = { id: 'm', seq: 7 } as Message
const participant = { userId: 'ana' } as Participant
const conversation = { id } as SharedConversation
const context = { type: 'booking', id: '7' }
const transition = { action: 'accept', from: 'pending', to: 'accepted', by: 'ana', at } as MessageTransition
const everybody = { members: true, userIds: [] }

const expected: Record<EventType, { change: Change; data: unknown; seq?: number; subject?: string; told: object[] }> = {
  'message.created': {
    change: { type: 'message.created', message },
    data: message,
    seq: 7,
    told: [{ event: 'new_message', data: message, hearers: everybody, span: 1, aboutSeq: 7 }],
  },
  'message.updated': {
    change: { type: 'message.updated', message },
    data: message,
    seq: 7,
    told: [{ event: 'message_updated', data: message, hearers: everybody, span: 1, aboutSeq: 7 }],
  },
  'message.deleted': {
    change: { type: 'message.deleted', message },
    data: message,
    seq: 7,
    told: [{ event: 'message_updated', data: message, hearers: everybody, span: 1, aboutSeq: 7 }],
  },
  'message.transitioned': {
    change: { type: 'message.transitioned', message, transition, context },
    data: { message, context, ...transition },
    seq: 7,
    told: [{ event: 'message_updated', data: message, hearers: everybody, span: 1, aboutSeq: 7 }],
  },
  'messages.read': {
    change: { type: 'messages.read', userId: 'ana', seq: 5, at },
    data: { userId: 'ana', seq: 5, at },
    seq: 5,
    subject: 'ana',
    told: [
      {
        event: 'messages_read',
        data: { conversationId: id, userId: 'ana', seq: 5, at },
        hearers: everybody,
        span: 1,
        aboutSeq: 0,
      },
    ],
  },
  'messages.delivered': {
    change: { type: 'messages.delivered', userId: 'ana', seq: 5, at },
    data: { userId: 'ana', seq: 5, at },
    seq: 5,
    subject: 'ana',
    told: [
      {
        event: 'messages_delivered',
        data: { conversationId: id, userId: 'ana', seq: 5, at },
        hearers: everybody,
        span: 1,
        aboutSeq: 0,
      },
    ],
  },
  'conversation.created': {
    change: { type: 'conversation.created', conversation },
    data: conversation,
    told: [{ event: 'new_conversation', data: conversation, hearers: everybody, span: 1, aboutSeq: 0 }],
  },
  'conversation.updated': {
    change: { type: 'conversation.updated', conversation },
    data: conversation,
    told: [{ event: 'conversation_updated', data: conversation, hearers: everybody, span: 1, aboutSeq: 0 }],
  },
  'participant.joined': {
    change: { type: 'participant.joined', participant, conversation },
    data: participant,
    subject: 'ana',
    told: [
      {
        event: 'participant_joined',
        data: { conversationId: id, participant },
        hearers: everybody,
        span: 1,
        aboutSeq: 0,
      },
      {
        event: 'new_conversation',
        data: conversation,
        hearers: { members: false, userIds: ['ana'] },
        span: 0,
        aboutSeq: 0,
      },
    ],
  },
  'participant.updated': {
    change: { type: 'participant.updated', participant, conversation },
    data: participant,
    subject: 'ana',
    told: [{ event: 'conversation_updated', data: conversation, hearers: everybody, span: 1, aboutSeq: 0 }],
  },
  'participant.left': {
    change: { type: 'participant.left', participant },
    data: participant,
    subject: 'ana',
    told: [
      {
        event: 'participant_left',
        data: { conversationId: id, userId: 'ana' },
        hearers: { members: true, userIds: ['ana'] },
        span: 1,
        aboutSeq: 0,
      },
    ],
  },
}

test.each(Object.entries(expected))(
  'of %s, the stream and the sockets hear',
  (type, { change, data, told, ...about }) => {
    expect(change.type).toBe(type)
    expect(eventDataOf(change)).toEqual(data)
    expect([seqOf(change), subjectOf(change)]).toEqual([about.seq, about.subject])
    expect(tellingsOf(id, change)).toEqual(told)
  },
)

test('every durable event has its tellings: the first is one step of the counter that the socket event declares', () => {
  expect(Object.keys(expected).sort()).toEqual(Object.keys(eventData).sort())
  for (const { change } of Object.values(expected)) {
    const [first, ...besides] = tellingsOf(id, change)
    expect([first!.span, movedCounters[first!.event]]).toEqual([1, change.type === 'message.created' ? 'seq' : 'rev'])
    expect(besides.every(({ span }) => span === 0)).toBe(true)
  }
})

test('the payload of an event is the object that sockets hear, so that it is encoded once', () => {
  for (const type of ['message.created', 'message.updated', 'conversation.updated'] as const) {
    const { change } = expected[type]
    expect(tellingsOf(id, change)[0]!.data).toBe(eventDataOf(change))
  }
})

test('counted reads stand for all of them; what is said besides moves nothing', () => {
  expect(countedReceipts({ kind: 'read', conversationId: id, seq: 9, at, count: 60 }, 4)).toEqual({
    event: 'messages_read',
    data: { conversationId: id, userId: null, seq: 9, at, readCount: 60 },
    hearers: everybody,
    span: 4,
    aboutSeq: 0,
  })
  expect(invitationOf(conversation, ['ana', 'ben'])).toMatchObject({ span: 0, hearers: { members: false } })
  expect(countedReceipts({ kind: 'delivered', conversationId: id, seq: 9, at, count: 70 }, 0)).toMatchObject({
    event: 'messages_delivered',
    data: { conversationId: id, userId: null, seq: 9, at, deliveredCount: 70 },
    span: 0,
  })
  const me = untouched(4)
  const own = { conversationId: id, cursor: 'c', unreadCount: 3, me }
  expect(ownStateOf('ana', own)).toEqual({
    event: 'conversation_state',
    data: own,
    hearers: { members: false, userIds: ['ana'] },
    span: 0,
    aboutSeq: 0,
  })
})
