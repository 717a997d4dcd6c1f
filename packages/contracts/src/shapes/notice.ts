import { type Static, Type } from 'typebox'
import { messageActions, otherMoves, parties } from '../kinds/transitions/state-machine.ts'
import { ConversationStatus } from './conversation.ts'
import { MessageId, Seq, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'

/** A notice names at most this many people; `count` says how many there were. */
export const MAX_NAMED = 20

const people = {
  userIds: Type.Array(UserId, { description: `The first of them, at most ${MAX_NAMED}` }),
  count: Type.Integer({ description: 'How many they are' }),
}
const actorId = UserId

/**
 * The payload of a message of type `system`: what happened, to be worded with present names and in the reader's language. Its content
 * says the same in English.
 */
export type Notice = Static<typeof Notice>
export const Notice = Type.Union([
  Type.Object({ event: Type.Literal('participants_added'), actorId, ...people }),
  Type.Object({ event: Type.Literal('participants_removed'), actorId, ...people }),
  Type.Object({ event: Type.Literal('participants_left'), ...people }),
  Type.Object({ event: Type.Literal('conversation_renamed'), actorId, title: Type.String() }),
  Type.Object({ event: Type.Literal('message_pinned'), actorId, messageId: MessageId, seq: Seq }),
  Type.Object({
    event: Type.Literal('conversation_status'),
    status: ConversationStatus,
    reason: orNull(Type.String()),
  }),
  Type.Object({
    event: Type.Enum(['moderator_joined', 'moderator_left']),
    userId: UserId,
    role: Type.String(),
  }),
  Type.Object({
    event: Type.Literal('message_transitioned'),
    actorId: orNull(UserId, 'Null where it was no participant: an admin, the host, or time'),
    party: Type.Enum([...parties]),
    action: Type.Enum([...messageActions, ...otherMoves]),
    messageId: MessageId,
    type: Type.String({ description: "The message's" }),
  }),
])
