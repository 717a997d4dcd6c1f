import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { ConversationId, LongCursor, MessageId, Seq, Timestamp } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit, pageOf } from './pagination.ts'

/** How far you have read, or messages have come to one of your devices. */
export type MarkRead = Static<typeof MarkRead>
export const MarkRead = Type.Object({ conversationId: ConversationId, seq: Seq }, { additionalProperties: false })
export type ReadState = Static<typeof ReadState>
export const ReadState = Type.Object({ lastReadSeq: Seq, unreadCount: Type.Integer() })
export const UnreadCount = Type.Object({ unreadCount: Type.Integer() })

export type DeliveryState = Static<typeof DeliveryState>
export const DeliveryState = Type.Object({ lastDeliveredSeq: Seq })

export type MarkUnread = Static<typeof MarkUnread>
export const MarkUnread = Type.Object(
  {
    conversationId: ConversationId,
    seq: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Unread from this message on; left out: from the last one that somebody else wrote',
      }),
    ),
  },
  { additionalProperties: false },
)

export type MarkMessagesRead = Static<typeof MarkMessagesRead>
export const MarkMessagesRead = Type.Object(
  { messageIds: Type.Array(MessageId, { minItems: 1, maxItems: 100 }) },
  { additionalProperties: false },
)
export type MessagesRead = Static<typeof MessagesRead>
export const MessagesRead = Type.Object({
  data: Type.Array(Type.Object({ conversationId: ConversationId, ...ReadState.properties })),
  notFound: Type.Array(MessageId, { description: 'Those that are not there, or not for you to see' }),
})

export type ListReceipts = Static<typeof ListReceipts>
export const ListReceipts = Type.Object(
  { messageId: MessageId, limit: Type.Optional(Limit), cursor: Type.Optional(LongCursor) },
  { additionalProperties: false },
)

export type Receipt = Static<typeof Receipt>
export const Receipt = Type.Object({
  ...UserProfile.properties,
  deliveredAt: orNull(Timestamp),
  readAt: orNull(Timestamp),
})

const count = (what: string) =>
  orNull(Type.Integer(), `How many others ${what}; null where receipts are not shown to you`)

/** Who of the others has a message, by user id. It was sent at its `createdAt`. */
export type ReceiptPage = Static<typeof ReceiptPage>
export const ReceiptPage = Type.Object({
  ...pageOf(Receipt, LongCursor).properties,
  deliveredCount: count('have received it'),
  readCount: count('have read it'),
})
