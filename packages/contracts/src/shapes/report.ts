import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { ConversationName } from './conversation.ts'
import {
  ClientId,
  ConversationId,
  MessageId,
  OpaqueCursor,
  ReportId,
  Seq,
  Timestamp,
  text,
  UserId,
} from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'

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

/** A report as its reporter sees it. */
export type Report = Static<typeof Report>
export const Report = Type.Object({
  id: Type.String(),
  reporterId: UserId,
  messageId: orNull(MessageId),
  conversationId: orNull(ConversationId),
  userId: orNull(UserId),
  reason: ReportReason,
  note: orNull(Type.String()),
  status: ReportStatus,
  resolution: orNull(Type.String()),
  resolvedBy: orNull(UserId),
  resolvedAt: orNull(Timestamp),
  createdAt: Timestamp,
})
export const CreatedReport = Type.Object({ report: Report, created: Type.Boolean() })

/** A reported message. Its words are those of then, whatever its sender has made of them since. */
export type ReportedMessage = Static<typeof ReportedMessage>
export const ReportedMessage = Type.Object({
  id: MessageId,
  conversationId: ConversationId,
  seq: Seq,
  senderId: UserId,
  sender: UserProfile,
  type: Type.String(),
  content: orNull(
    Type.String(),
    'As it was when it was reported; of a deleted one, what it said last. Null when these words are no longer kept',
  ),
  payload: orNull(Type.Object({})),
  attachmentNames: Type.Array(Type.String(), {
    description: 'What the files were called that were attached to it then; the files themselves are the message’s',
  }),
  createdAt: Timestamp,
  editedAt: orNull(Timestamp, 'When it was last edited, before the report or since'),
  deletedAt: orNull(Timestamp, 'When it was deleted, before the report or since'),
})

/**
 * A report as those see it who decide it. What was reported is shown as it was then, for as long as the tenant's policy keeps
 * that; afterwards names and titles are those of now.
 */
export type ReportCase = Static<typeof ReportCase>
export const ReportCase = Type.Object({
  ...Report.properties,
  count: Type.Integer({ description: 'How many times its reporter has made it; reason and note are the latest' }),
  lastReportedAt: Timestamp,
  openReports: Type.Integer({
    description: 'Open reports of the same message, conversation or user by anybody, this one included; at most 100',
  }),
  reporter: UserProfile,
  user: orNull(UserProfile, "Who was reported, or the reported message's sender"),
  conversation: orNull(ConversationName),
  message: orNull(ReportedMessage),
  resolver: orNull(UserProfile),
})

/** 100 means "99+". */
export const OpenReports = Type.Object({ open: Type.Integer({ description: 'Open reports, counted up to 100' }) })
export type OpenReports = Static<typeof OpenReports>

export type ListReports = Static<typeof ListReports>
export const ListReports = Type.Object(
  {
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
    status: Type.Optional(Type.Enum(ReportStatus.enum, { description: 'Only those with this status' })),
  },
  { additionalProperties: false },
)
export type DecideReport = Static<typeof DecideReport>
export const DecideReport = Type.Object(
  { reportId: ReportId, status: Type.Enum(['resolved', 'dismissed']), resolution: Type.Optional(text(1, 2000)) },
  { additionalProperties: false },
)
