import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { ClientId, ConversationId, MessageId, Seq, Timestamp, text, UserId } from './identifiers.ts'

/** No tenant may allow more; `DEFAULT_CONTENT_LENGTH` holds where its policy says nothing. */
export const MAX_CONTENT_LENGTH = 10_000

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

/**
 * A message in its present state. A deleted one keeps its place: `content` is empty and `deletedAt` set.
 * `seq` counts the messages of the conversation, 1..N without a hole; `rev` is the conversation's revision that last
 * changed this message, 0 when nothing has.
 */
export type Message = Static<typeof Message>
export const Message = Type.Object({
  id: MessageId,
  conversationId: ConversationId,
  seq: Seq,
  rev: Seq,
  senderId: UserId,
  sender: UserProfile,
  type: Type.String(),
  content: Type.String(),
  payload: orNull(Type.Object({})),
  attachments: Type.Array(Type.Object({})),
  mentions: Type.Array(UserId),
  replyTo: orNull(Type.Object({})),
  reactions: Type.Array(Type.Object({ emoji: Type.String(), userIds: Type.Array(UserId) })),
  editedAt: orNull(Timestamp),
  deletedAt: orNull(Timestamp),
  createdAt: Timestamp,
  clientId: Type.Optional(Type.String({ description: "The sender's own key; only in what the sender is answered" })),
})

const body = {
  type: Type.Optional(Type.Literal('text')),
  content: text(1, MAX_CONTENT_LENGTH),
  clientId: Type.Optional(ClientId),
}

/** The body of POST /conversations/{id}/messages. */
export const MessageBody = Type.Object(body, { additionalProperties: false })

/** Where to: a conversation, or a user with whom the direct conversation is found or created. Exactly one of them. */
export type SendMessage = Static<typeof SendMessage>
export const SendMessage = Type.Object(
  { ...body, conversationId: Type.Optional(ConversationId), to: Type.Optional(UserId) },
  { additionalProperties: false },
)

export type SentMessage = Static<typeof SentMessage>
export const SentMessage = Type.Object({
  message: Message,
  /** False when the clientId had been sent before, and this is what it made then. */
  created: Type.Boolean(),
})

export const MessageRef = Type.Object({ messageId: MessageId }, { additionalProperties: false })

export type EditMessage = Static<typeof EditMessage>
export const EditMessage = Type.Object(
  { messageId: MessageId, content: text(1, MAX_CONTENT_LENGTH) },
  { additionalProperties: false },
)
