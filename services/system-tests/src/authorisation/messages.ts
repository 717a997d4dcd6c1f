import { SYSTEM_USER_ID } from '@parley/contracts'
import type { Place } from './roles.ts'
import { missingId } from './scenes.ts'
import { type Case, ended, everybody, named, noParticipant, participants, serviceOnly, users } from './verdicts.ts'
import type { Target } from './world.ts'

export const conversations: Place[] = ['direct', 'group', 'context', 'closed', 'readOnly', 'missing', 'foreign']
export const messages: Place[] = [...conversations, 'hidden']
export const contexts: Place[] = ['context', 'unstarted', 'missing', 'foreign']
export const anywhere: Place[] = ['anywhere']

export const conversation = ({ conversationId }: Target) => ({ conversationId })
export const message = ({ messageId }: Target) => ({ messageId })
export const context = ({ contextId }: Target) => ({ type: 'booking', id: contextId })

export const typing: Case = {
  at: conversations,
  may: { ...participants, observer: 'forbidden', blocked: 'blocked', disabled: 'not_found' },
  but: ended,
  input: conversation,
}
export const writing: Case[] = [
  {
    at: conversations,
    may: { ...participants, observer: 'forbidden', blocked: 'blocked' },
    but: ended,
    input: (it) => ({ ...conversation(it), content: 'hello' }),
  },
  {
    way: 'in the name of a participant',
    at: conversations,
    may: serviceOnly,
    but: { closed: { service: 'conversation_closed' }, readOnly: { service: 'conversation_read_only' } },
    input: (it) => ({ ...conversation(it), content: 'hello', as: 'person-participant' }),
  },
  {
    way: 'as the system',
    at: conversations,
    may: serviceOnly,
    input: (it) => ({ ...conversation(it), content: 'hello', type: 'system' }),
  },
]
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()
/** Looked at as if it were sent now. */
export const scheduling: Case[] = writing.map((one) => ({
  ...one,
  input: (it) => ({ ...one.input(it), sendAt: inAnHour() }),
}))
/** Of what they have scheduled themselves: those of others are not there, and who may not write has none. */
const ofOwnSchedule: Case = {
  at: ['group'],
  may: {
    ...users('not_found'),
    owner: 'ok',
    participant: 'ok',
    rejoined: 'ok',
    admin: 'not_found',
    service: 'not_found',
  },
  uses: 'schedule',
  input: ({ scheduledMessageId }) => ({ scheduledMessageId }),
}
export const rescheduling: Case = {
  ...ofOwnSchedule,
  input: ({ scheduledMessageId }) => ({ scheduledMessageId, content: 'another' }),
}
export const cancelling = ofOwnSchedule
export const writingFirst: Case[] = [
  ...writing,
  { way: 'to a provider', at: anywhere, may: everybody, input: ({ provider }) => ({ to: provider, content: 'hello' }) },
  {
    way: 'to whom nobody may start to write',
    at: anywhere,
    may: { ...users('forbidden'), admin: 'forbidden', service: 'ok' },
    input: () => ({ to: 'person-recluse', content: 'hello' }),
  },
  {
    way: 'to who has blocked them',
    at: anywhere,
    may: { ...everybody, blocked: 'blocked' },
    input: () => ({ to: 'person-blocker', content: 'hello' }),
  },
  {
    way: 'to nobody',
    at: anywhere,
    may: { ...users('invalid_input'), admin: 'invalid_input', service: 'invalid_input' },
    input: () => ({ to: SYSTEM_USER_ID, content: 'hello' }),
  },
  {
    way: 'about a context',
    at: contexts,
    may: participants,
    but: { unstarted: { blocked: 'forbidden' } },
    uses: 'context',
    input: (it) => ({ context: context(it), content: 'hello' }),
  },
]
export const editing: Case[] = [
  {
    whose: 'own',
    at: conversations,
    may: { ...participants, observer: 'forbidden', blocked: 'blocked' },
    but: ended,
    input: (it) => ({ ...message(it), content: 'edited' }),
  },
  { whose: 'other', at: messages, may: noParticipant, input: (it) => ({ ...message(it), content: 'edited' }) },
]
export const deleting: Case[] = [
  {
    whose: 'own',
    at: conversations,
    may: { ...participants, observer: 'forbidden' },
    but: ended,
    uses: 'message',
    input: message,
  },
  { whose: 'other', at: messages, may: noParticipant, input: message },
  {
    way: 'for oneself',
    at: conversations,
    may: participants,
    uses: 'aside',
    input: (it) => ({ ...message(it), for: 'me' }),
  },
]
/** Each message has an outcome of its own: the call succeeds for whoever may come in. */
export const deletingMany: Case = {
  whose: 'other',
  at: messages,
  may: everybody,
  makes: true,
  input: ({ messageId }) => ({ messageIds: [messageId] }),
}
/** Whoever sees it may; what comes of each conversation is said of each. */
export const passingOn: Case[] = [
  {
    whose: 'other',
    at: conversations,
    may: participants,
    input: (it) => ({ ...message(it), conversationIds: [it.conversationId] }),
  },
  {
    way: 'to nowhere, what not everybody there may see',
    whose: 'other',
    at: ['hidden'],
    may: participants,
    input: (it) => ({ ...message(it), conversationIds: [missingId] }),
  },
]
const thumb = (it: Target) => ({ ...message(it), emoji: '👍' })
export const reacting: Case[] = [
  {
    whose: 'own',
    at: conversations,
    may: { ...participants, observer: 'forbidden', blocked: 'blocked' },
    but: ended,
    input: thumb,
  },
  {
    whose: 'other',
    at: messages,
    may: { ...participants, observer: 'forbidden', blocked: 'blocked' },
    but: ended,
    input: thumb,
  },
]
export const deciding: Case[] = [
  {
    at: conversations,
    may: { ...participants, observer: 'forbidden', blocked: 'blocked', service: 'ok' },
    but: ended,
    uses: 'offer',
    input: ({ offerId }) => ({ messageId: offerId, action: 'accept' }),
  },
  {
    way: 'in the name of a participant',
    at: anywhere,
    may: { ...users('forbidden'), admin: 'forbidden', service: 'not_found' },
    input: ({ offerId }) => ({ messageId: offerId, action: 'accept', as: 'person-participant' }),
  },
]
export const takingBack: Case[] = [
  { whose: 'other', at: messages, may: { ...participants, observer: 'forbidden' }, but: ended, input: thumb },
]
export const pinning: Case[] = [
  {
    whose: 'other',
    at: messages,
    may: { ...participants, observer: 'forbidden', blocked: 'blocked' },
    but: ended,
    input: message,
  },
]
export const unpinning: Case[] = [
  { whose: 'other', at: messages, may: { ...participants, observer: 'forbidden' }, but: ended, input: message },
]
export const marking: Case = { at: conversations, may: participants, input: (it) => ({ ...conversation(it), seq: 1 }) }
/** What they do not see is answered as not found, among what they do. */
export const markingMessages: Case[] = [
  {
    whose: 'other',
    at: messages,
    may: everybody,
    makes: true,
    input: ({ messageId }) => ({ messageIds: [messageId] }),
  },
]
export const syncing: Case[] = [
  {
    at: conversations,
    may: named,
    input: ({ conversationId }) => ({ cursors: [{ conversationId, cursor: null }] }),
  },
  {
    way: 'all',
    at: anywhere,
    may: everybody,
    input: () => ({ cursors: [], since: new Date(Date.now() - 3_600_000).toISOString() }),
  },
]
