import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { ClientId, ConversationId, MessageId, Timestamp, text, UserId } from './identifiers.ts'
import { RoleWord } from './policy.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

const said = {
  name: nullable(text(1, 200)),
  avatarUrl: nullable(Type.String({ maxLength: 2048, pattern: '^https?://[^\\s\\p{Cc}]*$' })),
  role: nullable(RoleWord),
  locale: nullable(Type.String({ maxLength: 35, pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' })),
  email: nullable(Type.String({ maxLength: 254, pattern: '^[^\\s@\\p{C}]+@[^\\s@\\p{C}]+$' })),
}

/** What the host says of a user. What is left out stays as it was; null clears it. */
export const UserBody = Type.Object(said, { additionalProperties: false })
export type UpsertUser = Static<typeof UpsertUser>
export const UpsertUser = Type.Object({ userId: UserId, ...said }, { additionalProperties: false })

/** A user as the host and admins see them. */
export type User = Static<typeof User>
export const User = Type.Object({
  ...UserProfile.properties,
  role: Type.Union([Type.String(), Type.Null()]),
  locale: Type.Union([Type.String(), Type.Null()]),
  email: Type.Union([Type.String(), Type.Null()]),
  disabledAt: Type.Union([Timestamp, Type.Null()]),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export const UpsertedUser = Type.Object({ user: User, created: Type.Boolean() })

export const UserRef = Type.Object({ userId: UserId }, { additionalProperties: false })

export type ReportReason = Static<typeof ReportReason>
export const ReportReason = Type.Enum(['spam', 'abuse', 'fraud', 'contact_details', 'inappropriate', 'other'])
export type ReportStatus = Static<typeof ReportStatus>
export const ReportStatus = Type.Enum(['open', 'resolved', 'dismissed'])

/** Of a message, a conversation or a user: exactly one, and one that the reporter can see. */
export type CreateReport = Static<typeof CreateReport>
export const CreateReport = Type.Object(
  {
    messageId: Type.Optional(MessageId),
    conversationId: Type.Optional(ConversationId),
    userId: Type.Optional(UserId),
    reason: ReportReason,
    note: Type.Optional(text(1, 2000)),
    clientId: Type.Optional(ClientId),
  },
  { additionalProperties: false },
)

export type Report = Static<typeof Report>
export const Report = Type.Object({
  id: Type.String(),
  reporterId: UserId,
  messageId: Type.Union([MessageId, Type.Null()]),
  conversationId: Type.Union([ConversationId, Type.Null()]),
  userId: Type.Union([UserId, Type.Null()]),
  reason: ReportReason,
  note: Type.Union([Type.String(), Type.Null()]),
  status: ReportStatus,
  resolution: Type.Union([Type.String(), Type.Null()]),
  resolvedBy: Type.Union([UserId, Type.Null()]),
  resolvedAt: Type.Union([Timestamp, Type.Null()]),
  createdAt: Timestamp,
})
export const CreatedReport = Type.Object({ report: Report, created: Type.Boolean() })

export type Block = Static<typeof Block>
export const Block = Type.Object({ ...UserProfile.properties, blockedAt: Timestamp })
export const BlockList = Type.Object({ data: Type.Array(Block) })
