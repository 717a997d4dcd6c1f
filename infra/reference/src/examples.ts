import {
  type ClientEventName,
  Conversation,
  clientEvents,
  type ErrorBody,
  type Event,
  type Me,
  Message,
  OwnConversation,
  type Participant,
  type Presence,
  ScheduledMessage,
  type ServerEvent,
  type ServerEventName,
  type SharedConversation,
  type UpsertContext,
  untouched,
} from '@parley/contracts'
import type { Static } from 'typebox'
import { exampleOf } from './example-of.ts'

const conversationId = '0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b'
const messageId = '0199a1b2-8d4e-7f50-9b6c-7d8e9f0a1b2c'
const cursor = 'WzEsMTIsMywwXQ'
const at = '2026-01-15T09:30:00.000Z'

const message: Message = {
  id: messageId,
  conversationId,
  seq: 12,
  rev: 0,
  senderId: 'ana',
  sender: { userId: 'ana', name: 'Ana', avatarUrl: null },
  type: 'text',
  content: 'See you at nine',
  payload: null,
  attachments: [],
  mentions: [],
  replyTo: null,
  reactions: [],
  editedAt: null,
  deletedAt: null,
  createdAt: at,
}
const edited: Message = { ...message, rev: 4, content: 'See you at ten', editedAt: '2026-01-15T09:31:00.000Z' }
const deleted: Message = { ...message, rev: 5, content: '', deletedAt: '2026-01-15T09:32:00.000Z' }

const ben: Presence = { userId: 'ben', online: false, state: 'offline', lastSeenAt: at }

const participant = (userId: string, name: string, lastReadSeq: number): Participant => ({
  userId,
  name,
  avatarUrl: null,
  role: 'member',
  staff: false,
  joinedAt: '2026-01-14T16:00:00.000Z',
  lastReadSeq,
  lastDeliveredSeq: lastReadSeq,
})

const shared: SharedConversation = {
  id: conversationId,
  kind: 'direct',
  context: null,
  title: null,
  pictureUrl: null,
  status: 'active',
  statusReason: null,
  closesAt: null,
  blocking: true,
  participants: [participant('ana', 'Ana', 12), participant('ben', 'Ben', 11)],
  participantCount: 2,
  lastSeq: 12,
  rev: 3,
  metadata: {},
  createdAt: '2026-01-14T16:00:00.000Z',
  updatedAt: at,
  activityAt: at,
}
const user: Me = {
  userId: 'ben',
  name: 'Ben',
  avatarUrl: null,
  tenantId: 'default',
  role: 'user',
  hostRole: 'customer',
  receipts: true,
  presence: true,
}
const me = untouched(11)
const conversation: Conversation = { ...shared, lastMessage: message, cursor, unreadCount: 1, me }

const scheduledMessage: ScheduledMessage = {
  id: '019a4000-0000-7000-8000-00000000000c',
  status: 'scheduled',
  sendAt: '2026-01-16T08:00:00.000Z',
  message: { conversationId, content: 'Good morning, are you still coming today?' },
  conversationId,
  messageId: null,
  error: null,
  createdAt: at,
  updatedAt: at,
}

type Example<N extends ClientEventName> = {
  input: Static<(typeof clientEvents)[N]['input']>
  output: Static<(typeof clientEvents)[N]['output']>
}

/** Where what follows from the schemas alone would say too little. */
const spelledOut: { [N in ClientEventName]?: Example<N> } = {
  send_message: {
    input: { conversationId, content: 'See you at nine', clientId: 'b1946ac9' },
    output: { ...message, clientId: 'b1946ac9' },
  },
  search_messages: {
    input: { q: 'nine' },
    output: {
      data: [
        {
          message,
          highlights: [[11, 4]],
          conversation: {
            ...{ id: conversationId, kind: 'direct', title: null, pictureUrl: null },
            participants: shared.participants.map(({ userId, name, avatarUrl }) => ({ userId, name, avatarUrl })),
          },
        },
      ],
      hasMore: false,
      nextCursor: null,
    },
  },
  edit_message: { input: { messageId, content: 'See you at ten' }, output: edited },
  delete_message: { input: { messageId, for: 'everyone' }, output: deleted },
  schedule_message: {
    input: { conversationId, content: 'Good morning, are you still coming today?', sendAt: '2026-01-16T08:00:00.000Z' },
    output: scheduledMessage,
  },
  update_scheduled_message: {
    input: { scheduledMessageId: scheduledMessage.id, sendAt: '2026-01-16T09:00:00.000Z' },
    output: { ...scheduledMessage, sendAt: '2026-01-16T09:00:00.000Z' },
  },
  cancel_scheduled_message: { input: { scheduledMessageId: scheduledMessage.id }, output: {} },
  delete_messages: {
    input: { messageIds: [messageId], for: 'everyone' },
    output: { data: [{ messageId, message: deleted, error: null }] },
  },
  forward_message: {
    input: { messageId, conversationIds: [conversationId], clientId: 'b1946ac9' },
    output: { data: [{ conversationId, message: { ...message, forwarded: true, clientId: 'b1946ac9' }, error: null }] },
  },
  mark_read: { input: { conversationId, seq: 12 }, output: { lastReadSeq: 12, unreadCount: 0 } },
  mark_delivered: { input: { conversationId, seq: 12 }, output: { lastDeliveredSeq: 12 } },
  mark_unread: { input: { conversationId, seq: 12 }, output: { lastReadSeq: 12, unreadCount: 1 } },
  mark_messages_read: {
    input: { messageIds: [messageId] },
    output: { data: [{ conversationId, lastReadSeq: 12, unreadCount: 0 }], notFound: [] },
  },
  get_presence: { input: { userIds: ['ben'] }, output: [ben] },
  set_presence: { input: { state: 'active', conversationId }, output: {} },
  update_me: { input: { receipts: false }, output: { ...user, receipts: false } },
  sync: {
    input: { cursors: [{ conversationId, cursor: 'WzEsMTEsMywwXQ' }], since: '2026-01-15T09:00:00.000Z' },
    output: {
      conversations: [
        { conversation, reset: false, messages: [message], changed: [], hidden: [], participants: [], hasMore: false },
      ],
      gone: [],
      hasMore: false,
      at,
    },
  },
}

const known = {
  schemas: new Map<object, unknown>([
    [Message, message],
    [Conversation, conversation],
    [OwnConversation, { conversationId, cursor, unreadCount: 1, me }],
    [ScheduledMessage, scheduledMessage],
  ]),
  fields: {
    conversationId,
    messageId,
    userId: 'ben',
    seq: 12,
    content: message.content,
    until: '2026-01-16T09:00:00.000Z',
  },
}

export const clientEventExamples = Object.fromEntries(
  Object.entries(clientEvents).map(([name, { input, output }]) => [
    name,
    spelledOut[name as ClientEventName] ?? { input: exampleOf(input, known), output: exampleOf(output, known) },
  ]),
  // of the same keys as clientEvents
) as Record<ClientEventName, { input: unknown; output: unknown }>

export const serverEventExamples: { [N in ServerEventName]: ServerEvent<N> } = {
  ready: {
    me: user,
    at,
    unreadCount: 1,
    gatewayId: '5d41402a-bc4b-4a76-b971-9d911017c592',
  },
  new_message: message,
  message_updated: edited,
  messages_read: { conversationId, userId: 'ben', seq: 12, at },
  messages_delivered: { conversationId, userId: 'ben', seq: 12, at },
  new_conversation: shared,
  conversation_updated: { ...shared, kind: 'group', title: 'Kitchen', rev: 4 },
  participant_joined: { conversationId, participant: participant('joe', 'Joe', 12) },
  participant_left: { conversationId, userId: 'joe' },
  conversation_state: { conversationId, cursor, unreadCount: 0, me: { ...me, lastReadSeq: 12 } },
  message_hidden: { conversationId, messageId, seq: 12 },
  user_updated: { userId: 'ana', name: 'Ana Ferreira', avatarUrl: null },
  presence_changed: ben,
  user_typing: { conversationId, userId: 'ana', isTyping: true },
  admin_broadcast: { id: messageId, title: null, content: 'We are back at full strength', link: null, at },
  reports_changed: { open: 3 },
  webhook_disabled: { webhookId: messageId, url: 'https://example.com/parley', reason: 'gone', at },
  scheduled_message_updated: { ...scheduledMessage, status: 'sent', message: null, messageId },
  held_message_updated: {
    ...{ id: '0199a1b2-9e5f-7061-ac7d-8e9f0a1b2c3e', status: 'refused', conversationId, senderId: 'ana' },
    ...{ clientId: 'm-17', message: null, messageId: null, createdAt: at, updatedAt: at },
    error: { code: 'rejected_by_host', message: 'Please do not ask for payments outside of the app' },
  },
  notification: {
    ...{ id: '0199a1b2-9e5f-7061-ac7d-8e9f0a1b2c3d', kind: 'message', conversationId, count: 2 },
    ...{ updatedAt: at, readAt: null, unreadCount: 1 },
  },
  resync_required: { conversationId },
  heads: { heads: [{ conversationId, seq: 12, rev: 3 }] },
  session_ended: { reason: 'ended' },
  token_expiring: { expiresAt: at, inMs: 60_000 },
  server_draining: { reconnectInMs: 850 },
}

/** `data` follows from the type. */
export const eventExample: Omit<Event, 'data'> & { data: Message } = {
  id: `${conversationId}:12`,
  type: 'message.created',
  tenantId: 'default',
  conversationId,
  seq: 12,
  rev: 3,
  at,
  data: message,
}

export const errorExample: ErrorBody = {
  code: 'invalid_input',
  message: '/content is required',
  errors: [{ pointer: '/content', code: 'required', detail: 'is required' }],
}

export const contextExample: UpsertContext = {
  type: 'booking',
  id: 'B-1042',
  title: 'Deep clean, Friday 9:00',
  status: 'confirmed',
  version: 3,
  members: [
    { userId: 'ana', role: 'customer' },
    { userId: 'ben', role: 'provider' },
  ],
  metadata: { address: 'Rua das Flores 5' },
}
