import {
  type Change,
  eventId,
  type Message,
  type MessageTransition,
  type Participant,
  type SharedConversation,
} from '@parley/contracts'
import { expect, test } from 'vitest'
import { relayedChange } from './relayed-change.ts'

const conversationId = '019a4000-0000-7000-8000-000000000001'
const recorded = { tenantId: 'acme', conversationId, seq: 7, rev: 4, at: '2026-11-01T12:00:00.000Z' }
const head = { seq: 12, rev: 20 }
// only their identity counts here
const message = { id: 'm', seq: 7 } as Message
const participant = { userId: 'joe' } as Participant
const conversation = { id: conversationId } as SharedConversation
const relayed = (change: Change, present: string[] = []) => relayedChange(recorded, change, head, present)

test('a change keeps its place and its id however far the conversation has gone on, and shows how far', () => {
  const change = relayed({ type: 'message.updated', message })
  expect(change).toEqual({ ...recorded, type: 'message.updated', data: message, head, live: [] })
  expect(eventId(change.type, conversationId, change.seq, change.rev)).toBe(`${conversationId}:r4`)
})

test('of a conversation that began, all who are in it are told again', () => {
  const invitation = { event: 'new_conversation', data: conversation, span: 0, aboutSeq: 0 }
  expect(relayed({ type: 'conversation.created', conversation }, ['ana', 'joe']).live).toEqual([
    { ...invitation, audience: { version: null, userIds: ['ana', 'joe'] } },
  ])
})

test('who joined is told again, unless they have left since', () => {
  const audiences = (present: string[]) =>
    relayed({ type: 'participant.joined', participant, conversation }, present).live.map(({ audience }) => audience)
  expect(audiences(['ana', 'joe'])).toEqual([{ version: null, userIds: ['joe'] }])
  expect(audiences(['ana'])).toEqual([{ version: null, userIds: [] }])
})

test('nobody is told again of what gateways backfill by themselves', () => {
  const changes: Change[] = [
    { type: 'message.created', message },
    { type: 'message.deleted', message },
    { type: 'message.transitioned', message, transition: {} as MessageTransition, context: null },
    { type: 'messages.read', userId: 'joe', seq: 7, at: recorded.at },
    { type: 'messages.delivered', userId: 'joe', seq: 7, at: recorded.at },
    { type: 'conversation.updated', conversation },
    { type: 'participant.updated', participant, conversation },
    { type: 'participant.left', participant },
  ]
  for (const change of changes) expect(relayed(change, ['ana', 'joe']).live).toEqual([])
})
