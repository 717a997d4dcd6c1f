import { type Static, Type } from 'typebox'
import { ConversationId, MessageId, OpaqueCursor, Seq, Timestamp, text } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'

/** No tenant may allow a longer message. */
const MAX_DRAFT_LENGTH = 10_000

/** What somebody has begun to write, on whichever device. */
export type Draft = Static<typeof Draft>
export const Draft = Type.Object({
  content: Type.String(),
  replyTo: orNull(MessageId),
  updatedAt: Timestamp,
})

/** What only the asking user sees of a conversation. */
export type OwnState = Static<typeof OwnState>
export const OwnState = Type.Object({
  lastReadSeq: Seq,
  unreadFrom: orNull(Seq, 'What they have marked as unread begins at this message; null: nothing is marked'),
  archivedAt: orNull(Timestamp),
  staysArchived: Type.Boolean({
    description:
      'False: whatever moves `activityAt` brings it back from the archive. True: only you do. It is what the rules said when you archived it',
  }),
  mutedUntil: orNull(Timestamp),
  pinnedAt: orNull(Timestamp),
  clearedBeforeSeq: Type.Integer({
    ...Seq,
    description: 'You deleted the history up to this message for yourself: drop what you hold of it',
  }),
  clearedAt: orNull(
    Type.String({
      ...Timestamp,
      description:
        'When you deleted it for yourself; null as soon as something moves `activityAt`. In no list until then',
    }),
  ),
  draft: orNull(Draft),
  blocked: Type.Boolean({
    description:
      'You cannot write there because one of you has blocked the other; `GET /blocks` says whether it was you',
  }),
})

/** Of who has done nothing with it but read so far. */
export function untouched(lastReadSeq: number): OwnState {
  return {
    lastReadSeq,
    unreadFrom: null,
    archivedAt: null,
    staysArchived: false,
    mutedUntil: null,
    pinnedAt: null,
    clearedBeforeSeq: 0,
    clearedAt: null,
    draft: null,
    blocked: false,
  }
}

/** How a conversation stands for the asking user: what is answered to the one device, and told to all of them. */
export type OwnConversation = Static<typeof OwnConversation>
export const OwnConversation = Type.Object({
  conversationId: ConversationId,
  cursor: OpaqueCursor,
  /** Counted up to 100; 100 means "99+". */
  unreadCount: Type.Integer(),
  me: OwnState,
})

export type MuteConversation = Static<typeof MuteConversation>
export const MuteConversation = Type.Object(
  {
    conversationId: ConversationId,
    until: orNull(
      Type.String({ ...Timestamp, description: 'Null: until you take it back; `mutedUntil` is then in the year 9999' }),
    ),
  },
  { additionalProperties: false },
)

export type PutDraft = Static<typeof PutDraft>
export const PutDraft = Type.Object(
  {
    conversationId: ConversationId,
    content: text(0, MAX_DRAFT_LENGTH),
    replyTo: Type.Optional(orNull(MessageId)),
  },
  { additionalProperties: false },
)

export type ListDrafts = Static<typeof ListDrafts>
export const ListDrafts = Type.Object(
  { limit: Type.Optional(Limit), cursor: Type.Optional(OpaqueCursor) },
  { additionalProperties: false },
)
