import { type Static, Type } from 'typebox'
import { messageActions, otherMoves, parties } from '../kinds/transitions/state-machine.ts'
import { ConversationContext } from './context.ts'
import { ConversationKind } from './conversation-kind.ts'
import { ConversationId, MessageId, OpaqueCursor, Timestamp, UserId } from './identifiers.ts'
import { NotificationKind } from './notification-preferences.ts'
import { orNull } from './or-null.ts'
import { Limit, pageOf } from './pagination.ts'

export const NotificationId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'A notification (UUIDv7)',
})

/** What a notification says of a conversation. */
export type NotifiedConversation = Static<typeof NotifiedConversation>
export const NotifiedConversation = Type.Object({
  id: ConversationId,
  kind: ConversationKind,
  title: orNull(Type.String()),
  context: orNull(ConversationContext),
})

/** What became of a message: of an offer or a booking request, whose preview stands beside it. */
export const MovedMessage = orNull(
  Type.Object({
    type: Type.String({ description: "The message's" }),
    action: Type.Enum([...messageActions, ...otherMoves]),
    party: Type.Enum([...parties], { description: 'In what right it was done' }),
  }),
  'What became of the offer or booking request that the preview is of; null: it is a message itself',
)

const NotificationMessage = Type.Object({
  messageId: MessageId,
  senderId: UserId,
  senderName: orNull(Type.String()),
  preview: Type.String({ description: 'One line that stands for the message, as it is now' }),
  moved: Type.Optional(MovedMessage),
})

/** What somebody was told of. There is one of a conversation while it is unread: what comes then is counted in it. */
export type Notification = Static<typeof Notification>
export const Notification = Type.Object({
  id: NotificationId,
  kind: NotificationKind,
  conversationId: orNull(ConversationId),
  conversation: orNull(NotifiedConversation, 'Null of broadcasts and reports'),
  count: Type.Integer({ description: 'Of so many messages, and of what else happened' }),
  messages: Type.Array(NotificationMessage, {
    description:
      'The newest five that they may still see, the eldest first: what was deleted is in none. Of broadcasts, themselves; `added`, `context` and `report` may have none',
  }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  readAt: orNull(Timestamp),
})

/** That a notification is new, counts more, or was read; `GET /notifications` has what it says. */
export type NotificationChange = Static<typeof NotificationChange>
export const NotificationChange = Type.Object({
  id: NotificationId,
  kind: NotificationKind,
  conversationId: orNull(ConversationId),
  count: Type.Integer(),
  updatedAt: Timestamp,
  readAt: orNull(Timestamp),
  unreadCount: Type.Integer({ description: 'Notifications that are unread now, counted up to 100' }),
})

export type ListNotifications = Static<typeof ListNotifications>
export const ListNotifications = Type.Object(
  {
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
    unread: Type.Optional(Type.Boolean({ description: 'True: only those that are unread' })),
  },
  { additionalProperties: false },
)
export const NotificationPage = pageOf(Notification)

/** Those that are named, all that were last moved by then, or the one of a conversation. */
export type MarkNotificationsRead = Static<typeof MarkNotificationsRead>
export const MarkNotificationsRead = Type.Object(
  {
    ids: Type.Optional(Type.Array(NotificationId, { minItems: 1, maxItems: 100 })),
    upTo: Type.Optional(Type.String({ ...Timestamp, description: 'The `updatedAt` of the newest one that was seen' })),
    conversationId: Type.Optional({
      ...ConversationId,
      description: 'Whoever looks at it has seen what it is told of, also what is no message',
    }),
  },
  { additionalProperties: false },
)
export const UnreadNotifications = Type.Object({ unreadCount: Type.Integer({ description: 'Counted up to 100' }) })
