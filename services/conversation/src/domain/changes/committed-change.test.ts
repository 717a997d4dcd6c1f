import {
  type Change,
  countedReceipts,
  type EventType,
  eventData,
  eventId,
  type LiveAudience,
  type Message,
  type MessageTransition,
  movedCounters,
  ownStateOf,
  type Participant,
  type SharedConversation,
  untouched,
} from '@parley/contracts'
import { expect, test } from 'vitest'
import { addressed, committedChange, NOBODY, silentChange } from './committed-change.ts'

const conversationId = '019a4000-0000-7000-8000-000000000001'
const at = '2026-11-01T12:00:00.000Z'
const place = { tenantId: 'acme', conversationId, head: { seq: 9, rev: 4 }, at }
// only their identity counts here
const message = { id: 'm', seq: 7 } as Message
const transition = { action: 'accept', from: 'pending', to: 'accepted', by: 'ana', at } as MessageTransition
const participant = { userId: 'joe' } as Participant
const conversation = { id: conversationId } as SharedConversation

const few: LiveAudience = { version: null, userIds: ['ana', 'ben'] }
const many: LiveAudience = { version: 3, userIds: [] }
const fewAndJoe: LiveAudience = { version: null, userIds: ['ana', 'ben', 'joe'] }
const manyAndJoe: LiveAudience = { version: 3, userIds: ['joe'] }
const joe: LiveAudience = { version: null, userIds: ['joe'] }

interface Expected {
  change: Change
  id: string
  /** Of the durable event: of the message that it is about, or the head's. */
  seq: number
  /** Event, span and aboutSeq of each entry, and who hears it when the members are named and when they are a version. */
  told: [event: string, span: number, aboutSeq: number, few: LiveAudience, many: LiveAudience][]
}

const expected: Record<EventType, Expected> = {
  'message.created': {
    change: { type: 'message.created', message: { ...message, seq: 9 } },
    id: `${conversationId}:9`,
    seq: 9,
    told: [['new_message', 1, 9, few, many]],
  },
  'message.updated': {
    change: { type: 'message.updated', message },
    id: `${conversationId}:r4`,
    seq: 7,
    told: [['message_updated', 1, 7, few, many]],
  },
  'message.deleted': {
    change: { type: 'message.deleted', message },
    id: `${conversationId}:r4`,
    seq: 7,
    told: [['message_updated', 1, 7, few, many]],
  },
  'message.transitioned': {
    change: { type: 'message.transitioned', message, transition, context: null },
    id: `${conversationId}:r4`,
    seq: 7,
    told: [['message_updated', 1, 7, few, many]],
  },
  'messages.read': {
    change: { type: 'messages.read', userId: 'ana', seq: 5, at },
    id: `${conversationId}:r4`,
    seq: 5,
    told: [['messages_read', 1, 0, few, many]],
  },
  'messages.delivered': {
    change: { type: 'messages.delivered', userId: 'ana', seq: 5, at },
    id: `${conversationId}:r4`,
    seq: 5,
    told: [['messages_delivered', 1, 0, few, many]],
  },
  'conversation.created': {
    change: { type: 'conversation.created', conversation },
    id: `${conversationId}:r4`,
    seq: 9,
    told: [['new_conversation', 1, 0, few, many]],
  },
  'conversation.updated': {
    change: { type: 'conversation.updated', conversation },
    id: `${conversationId}:r4`,
    seq: 9,
    told: [['conversation_updated', 1, 0, few, many]],
  },
  'participant.joined': {
    change: { type: 'participant.joined', participant, conversation },
    id: `${conversationId}:r4`,
    seq: 9,
    told: [
      ['participant_joined', 1, 0, few, many],
      ['new_conversation', 0, 0, joe, joe],
    ],
  },
  'participant.updated': {
    change: { type: 'participant.updated', participant, conversation },
    id: `${conversationId}:r4`,
    seq: 9,
    told: [['conversation_updated', 1, 0, few, many]],
  },
  'participant.left': {
    change: { type: 'participant.left', participant },
    id: `${conversationId}:r4`,
    seq: 9,
    told: [['participant_left', 1, 0, fewAndJoe, manyAndJoe]],
  },
}

test('every durable event has a change here', () => {
  expect(Object.keys(expected).sort()).toEqual(Object.keys(eventData).sort())
})

test.each(Object.entries(expected))('%s is told to these, and is this event', (type, { change, id, seq, told }) => {
  for (const [i, members] of [few, many].entries()) {
    const committed = committedChange(place, change, members)
    expect(committed).toMatchObject({ type, tenantId: 'acme', conversationId, seq, rev: 4, at, head: place.head })
    expect(eventId(committed.type, conversationId, committed.seq, committed.rev)).toBe(id)
    expect(committed.live.map(({ event, span, aboutSeq, audience }) => [event, span, aboutSeq, audience])).toEqual(
      told.map(([event, span, aboutSeq, ...audiences]) => [event, span, aboutSeq, audiences[i]]),
    )
  }
})

test.each(Object.entries(expected))('%s is named by the counter that sockets count it by', (_, { change }) => {
  const { type, seq, rev, head, live } = committedChange(place, change, few)
  const counter = movedCounters[live[0]!.event]
  expect(eventId(type, conversationId, seq, rev)).toBe(
    `${conversationId}:${counter === 'seq' ? head.seq : `r${head.rev}`}`,
  )
})

test('a silent change is the same event, and sockets hear nothing of it', () => {
  const { change } = expected['messages.read']
  expect(silentChange(place, change)).toEqual({ ...committedChange(place, change, few), live: [] })
})

test('counts go to the members, or nobody; how it stands for a viewer goes to that viewer alone', () => {
  const counted = countedReceipts({ kind: 'read', conversationId, seq: 9, at, count: 60 }, 4)
  expect(addressed(counted, many)).toMatchObject({ event: 'messages_read', span: 4, audience: many })
  expect(addressed(counted, NOBODY)).toMatchObject({ span: 4, audience: { version: null, userIds: [] } })
  const me = untouched(4)
  const own = { conversationId, cursor: 'c', unreadCount: 3, me }
  expect(addressed(ownStateOf('joe', own), many)).toMatchObject({ event: 'conversation_state', span: 0, audience: joe })
})
