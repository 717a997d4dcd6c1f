import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { PictureUrl } from './attachment.ts'
import { ContextRef, ConversationContext } from './context.ts'
import { ConversationKind } from './conversation-kind.ts'
import {
  ClientId,
  ContextId,
  ContextType,
  ConversationId,
  LongCursor,
  OpaqueCursor,
  Seq,
  Timestamp,
  text,
  UserId,
} from './identifiers.ts'
import { Message } from './message.ts'
import { Metadata } from './metadata.ts'
import { orNull } from './or-null.ts'
import { OwnState } from './own-state.ts'
import { Limit, pageOf, SeqRange } from './pagination.ts'

/** A group holds at most this many people at once. */
export const MAX_PARTICIPANTS = 500
/** Where a conversation stands in a list it carries at most this many participants; `participantCount` says how many. */
export const LISTED_PARTICIPANTS = 16

export type ConversationStatus = Static<typeof ConversationStatus>
export const ConversationStatus = Type.Enum(['active', 'read_only', 'closed'])
/**
 * An owner does everything; a moderator adds and removes members and observers, and changes title and picture; a member
 * reads and writes; an observer reads. In a context's conversation the members have the context's own words for roles.
 */
export type ParticipantRole = Static<typeof ParticipantRole>
export const ParticipantRole = Type.Enum(['owner', 'moderator', 'member', 'observer'])

const ShownWatermark = Type.Integer({
  ...Seq,
  description: '0 where it is not shown. It only moves forward: a lower one than you have heard says nothing',
})

export type Participant = Static<typeof Participant>
export const Participant = Type.Object({
  ...UserProfile.properties,
  role: Type.String(),
  staff: Type.Boolean({
    description: 'An admin who has come in to moderate or to observe, whatever the role is called',
  }),
  joinedAt: Timestamp,
  lastReadSeq: ShownWatermark,
  lastDeliveredSeq: ShownWatermark,
})

/** What everybody in a conversation may hear of it. */
const shared = {
  id: ConversationId,
  kind: ConversationKind,
  context: orNull(ConversationContext),
  title: orNull(Type.String()),
  pictureUrl: orNull(Type.String()),
  status: ConversationStatus,
  /** Machine-readable: why it is not active. */
  statusReason: orNull(Type.String()),
  /** When it becomes read-only or closes by itself. */
  closesAt: orNull(Timestamp),
  blocking: Type.Boolean({
    description:
      'A block between the two who talk here stops both: always in a direct one; in one about a context while only two talk, if the ' +
      'policy said so when it was made',
  }),
  participants: Type.Array(Participant),
  participantCount: Type.Integer(),
  lastSeq: Seq,
  rev: Seq,
  metadata: Metadata,
  createdAt: Timestamp,
  updatedAt: Timestamp,
  /**
   * When somebody last wrote, or it was made: the order of lists. A line of Parley's own about the conversation (that it was closed, that
   * somebody came) leaves it.
   */
  activityAt: Timestamp,
}
export type SharedConversation = Static<typeof SharedConversation>
export const SharedConversation = Type.Object(shared)

export type Conversation = Static<typeof Conversation>
export const Conversation = Type.Object({
  ...shared,
  lastMessage: orNull(Message),
  cursor: OpaqueCursor,
  /** Counted up to 100; 100 means "99+". */
  unreadCount: Type.Integer(),
  me: OwnState,
})

/** What a conversation is called: by its title or, where it has none, by those who are in it. */
export const ConversationName = Type.Object({
  id: ConversationId,
  kind: ConversationKind,
  title: orNull(Type.String()),
  pictureUrl: orNull(Type.String()),
  participants: Type.Array(UserProfile, { description: 'The first three' }),
})
export type ConversationName = Static<typeof ConversationName>

const Invitation = Type.Object(
  { userId: UserId, role: Type.Optional(ParticipantRole) },
  { additionalProperties: false },
)

export type CreateConversation = Static<typeof CreateConversation>
export const CreateConversation = Type.Object(
  {
    kind: Type.Enum(['direct', 'group']),
    participants: Type.Array(Invitation, { minItems: 1, maxItems: MAX_PARTICIPANTS - 1 }),
    title: Type.Optional(text(1, 200)),
    metadata: Type.Optional(Metadata),
    clientId: Type.Optional(ClientId),
  },
  { additionalProperties: false },
)
const changes = {
  title: Type.Optional(text(1, 200)),
  pictureUrl: Type.Optional(PictureUrl),
  metadata: Type.Optional(Metadata),
}
/** What is left out stays as it was; metadata is replaced whole. */
export const ConversationPatch = Type.Object(changes, { additionalProperties: false })
export type UpdateConversation = Static<typeof UpdateConversation>
export const UpdateConversation = Type.Object(
  { conversationId: ConversationId, ...changes },
  { additionalProperties: false },
)

/** The conversation of a context: with `userId` the one of the asking member and that other one, where there is one per pair. */
export type ContextConversationRef = Static<typeof ContextConversationRef>
export const ContextConversationRef = Type.Object(
  { ...ContextRef.properties, userId: Type.Optional(UserId) },
  { additionalProperties: false },
)

export const CreatedConversation = Type.Object({ conversation: Conversation, created: Type.Boolean() })

export type ConversationRef = Static<typeof ConversationRef>
export const ConversationRef = Type.Object({ conversationId: ConversationId }, { additionalProperties: false })

export type ListConversations = Static<typeof ListConversations>
export const ListConversations = Type.Object(
  {
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
    kind: Type.Optional(Type.Enum(ConversationKind.enum, { description: 'Only those of this kind' })),
    status: Type.Optional(Type.Enum(ConversationStatus.enum, { description: 'Only those with this status' })),
    contextType: Type.Optional(Type.String({ ...ContextType, description: 'Only those about this type of context' })),
    contextId: Type.Optional(Type.String({ ...ContextId, description: 'Only those about this context' })),
    unread: Type.Optional(
      Type.Boolean({ description: 'True: only those with unread messages; false: only those without' }),
    ),
    archived: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'True: only those that you have archived; otherwise only the others',
      }),
    ),
    q: Type.Optional(
      Type.String({
        ...text(1, 100),
        description:
          'Beginnings of words of the title, of the title of what it is about, or of the names of the others; neither case nor accents matter',
      }),
    ),
  },
  { additionalProperties: false },
)
export const ConversationPage = pageOf(Conversation)

export const ParticipantPage = pageOf(Participant, LongCursor)
export const ListParticipants = Type.Object(
  { conversationId: ConversationId, limit: Type.Optional(Limit), cursor: Type.Optional(LongCursor) },
  { additionalProperties: false },
)
export const ParticipantBody = Invitation
export type AddParticipant = Static<typeof AddParticipant>
export const AddParticipant = Type.Object(
  { conversationId: ConversationId, userId: UserId, role: Type.Optional(ParticipantRole) },
  { additionalProperties: false },
)
export type UpdateParticipant = Static<typeof UpdateParticipant>
export const UpdateParticipant = Type.Object(
  { conversationId: ConversationId, userId: UserId, role: ParticipantRole },
  { additionalProperties: false },
)
export const AddedParticipant = Type.Object({ participant: Participant, created: Type.Boolean() })
export const ParticipantRef = Type.Object(
  { conversationId: ConversationId, userId: UserId },
  { additionalProperties: false },
)

export type ListMessages = Static<typeof ListMessages>
export const ListMessages = Type.Object(
  { conversationId: ConversationId, ...SeqRange },
  { additionalProperties: false },
)
export const MessagePage = pageOf(Message)
