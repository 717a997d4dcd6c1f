import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { ConversationName, ConversationStatus } from './conversation.ts'
import { ConversationKind } from './conversation-kind.ts'
import { ContextId, ContextType, ConversationId, OpaqueCursor, Timestamp, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'

export type ListAllConversations = Static<typeof ListAllConversations>
export const ListAllConversations = Type.Object(
  {
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
    kind: Type.Optional(Type.Enum(ConversationKind.enum, { description: 'Only those of this kind' })),
    status: Type.Optional(Type.Enum(ConversationStatus.enum, { description: 'Only those with this status' })),
    contextType: Type.Optional(Type.String({ ...ContextType, description: 'Only those about this type of context' })),
    contextId: Type.Optional(Type.String({ ...ContextId, description: 'Only those about this context' })),
    userId: Type.Optional(Type.String({ ...UserId, description: 'Only those that this user is in' })),
  },
  { additionalProperties: false },
)

export type JoinAsAdmin = Static<typeof JoinAsAdmin>
export const JoinAsAdmin = Type.Object(
  {
    conversationId: ConversationId,
    role: Type.Optional(Type.Enum(['moderator', 'observer'], { default: 'moderator' })),
  },
  { additionalProperties: false },
)

const Reason = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[a-z0-9_.-]*$',
  description: 'Machine-readable; everybody in the conversation is told',
})
export type SetConversationStatus = Static<typeof SetConversationStatus>
export const SetConversationStatus = Type.Object(
  { conversationId: ConversationId, status: ConversationStatus, reason: Type.Optional(Reason) },
  { additionalProperties: false },
)

export type Stats = Static<typeof Stats>
export const Stats = Type.Object({
  conversations: Type.Object({
    total: Type.Integer(),
    active: Type.Integer(),
    readOnly: Type.Integer(),
    closed: Type.Integer(),
    /** With a message in the last 24 hours. */
    busy: Type.Integer(),
  }),
  messages: Type.Object({ total: Type.Integer(), today: Type.Integer() }),
  users: Type.Object({
    total: Type.Integer(),
    disabled: Type.Integer(),
    /** Connected now; a user on two gateways counts on each. */
    online: Type.Integer(),
  }),
  reports: Type.Object({ open: Type.Integer() }),
  /** The last days, oldest first, in UTC. */
  perDay: Type.Array(
    Type.Object({ day: Type.String({ format: 'date' }), messages: Type.Integer(), conversations: Type.Integer() }),
  ),
  at: Timestamp,
})
export const StatsQuery = Type.Object(
  { days: Type.Optional(Type.Integer({ minimum: 1, maximum: 90, default: 7, description: 'How many days back' })) },
  { additionalProperties: false },
)

export type AuditEntry = Static<typeof AuditEntry>
export const AuditEntry = Type.Object({
  id: Type.String(),
  at: Timestamp,
  actorId: UserId,
  actorRole: Type.String(),
  /** What was done, such as `conversation.closed` or `messages.read`. */
  action: Type.String(),
  /** To what: a conversation, user, context or report. */
  target: orNull(Type.String()),
  details: Type.Record(Type.String(), Type.Unknown()),
  actor: UserProfile,
  targetUser: orNull(UserProfile, 'The target, when it is a user, as they are called now'),
  targetConversation: orNull(ConversationName, 'The target, when it is a conversation, as it is called now'),
  ip: orNull(Type.String()),
})
export type ListAudit = Static<typeof ListAudit>
export const ListAudit = Type.Object(
  {
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
    actorId: Type.Optional(Type.String({ ...UserId, description: 'Only what this user did' })),
    action: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Only this action' })),
    target: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Only what was done to this' })),
  },
  { additionalProperties: false },
)
