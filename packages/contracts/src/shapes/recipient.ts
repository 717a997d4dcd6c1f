import { type Static, Type } from 'typebox'
import { ConversationId, LongCursor, Seq, Timestamp, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit, pageOf } from './pagination.ts'

/** Somebody who has messages that they have not read and may be told of. */
export type UnreadRecipient = Static<typeof UnreadRecipient>
export const UnreadRecipient = Type.Object({
  userId: UserId,
  name: orNull(Type.String()),
  locale: orNull(Type.String()),
  email: orNull(Type.String(), 'Where the host says that e-mails reach them'),
  observes: Type.Boolean({ description: 'Reads here and does not write' }),
  mutedUntil: orNull(Timestamp, 'They want to be told of nothing there until then'),
  unreadCount: Type.Integer({ description: 'Counted up to 100' }),
  lastReadSeq: Seq,
  seqs: Type.Array(Seq, {
    description: 'The eldest 20 of those that they have not read; those that name them and those to decide about first',
  }),
  mentions: Type.Array(Seq, { description: 'Which of these mention them' }),
})

export type ListRecipients = Static<typeof ListRecipients>
export const ListRecipients = Type.Object(
  { conversationId: ConversationId, limit: Type.Optional(Limit), cursor: Type.Optional(LongCursor) },
  { additionalProperties: false },
)

export type RecipientPage = Static<typeof RecipientPage>
export const RecipientPage = pageOf(UnreadRecipient, LongCursor)
