import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { Attachment, AttachmentId, LinkPreview, MAX_ATTACHMENTS } from './attachment.ts'
import { ContextRef } from './context.ts'
import { ClientId, ConversationId, MessageId, OpaqueCursor, Seq, Timestamp, text, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'
import { MessageType, Payload } from './payload.ts'

/** No tenant may allow more; `DEFAULT_CONTENT_LENGTH` holds where its policy says nothing. */
export const MAX_CONTENT_LENGTH = 10_000

/**
 * The message that another one answers, as it is now: an edit shows in it, a deletion empties it. It was built when the answer was
 * read: who holds one applies the original's `message_updated` to it.
 */
export type ReplyPreview = Static<typeof ReplyPreview>
export const ReplyPreview = Type.Object({
  id: MessageId,
  seq: Seq,
  senderId: UserId,
  sender: UserProfile,
  type: Type.String(),
  content: Type.String({
    description:
      'One line of at most 200 characters: its text, or what stands for it; empty when it is deleted or hidden',
  }),
  deletedAt: orNull(Timestamp),
  hidden: Type.Boolean({
    description:
      'You may not see it: it is from before you came, or you have cleared it. What sockets hear is the same for all, and says so ' +
      'as soon as one of them may not see it: ask for the message to know',
  }),
})

/** As many messages as a conversation has pinned at once. */
export const MAX_PINS = 50
/** Who has pinned a message, and when. */
export type Pinned = Static<typeof Pinned>
export const Pinned = Type.Object({ at: Timestamp, by: UserId })

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
  attachments: Type.Array(Attachment),
  mentions: Type.Array(UserId, {
    description: 'Who is mentioned in the text, as `@[userId]`, and is in the conversation',
  }),
  replyTo: orNull(ReplyPreview),
  reactions: Type.Array(Type.Object({ emoji: Type.String(), userIds: Type.Array(UserId) })),
  editedAt: orNull(Timestamp),
  deletedAt: orNull(Timestamp),
  createdAt: Timestamp,
  imported: Type.Optional(Type.Literal(true, { description: 'Brought in from an earlier system, with its own time' })),
  forwarded: Type.Optional(Type.Literal(true, { description: 'Passed on from another conversation' })),
  silent: Type.Optional(Type.Literal(true, { description: 'Sent so that nobody is called for it' })),
  modified: Type.Optional(Type.Literal(true, { description: 'The host has changed its words before it was sent' })),
  pinned: Type.Optional(Pinned),
  linkPreview: Type.Optional(LinkPreview),
  deletedAttachments: Type.Optional(
    Type.Array(AttachmentId, { description: 'Of a deleted message: what was attached to it, and is gone' }),
  ),
  clientId: Type.Optional(Type.String({ description: "The sender's own key; only in what the sender is answered" })),
})

const body = {
  type: Type.Optional(MessageType),
  content: Type.Optional(text(1, MAX_CONTENT_LENGTH)),
  payload: Type.Optional(Payload),
  attachments: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      maxItems: MAX_ATTACHMENTS,
      description: 'Ids of what the sender uploaded into the conversation and is in no message yet',
    }),
  ),
  replyTo: Type.Optional(Type.String({ ...MessageId, description: 'The message of the conversation that it answers' })),
  silent: Type.Optional(Type.Boolean({ description: 'Nobody is called for it' })),
  clientId: Type.Optional(ClientId),
  as: Type.Optional(Type.String({ ...UserId, description: 'Service tokens only: whose message it is' })),
}

/** The body of POST /conversations/{id}/messages. */
export const MessageBody = Type.Object(body, { additionalProperties: false })

/**
 * Where to: a conversation; a user with whom the direct one is found or created; or a context, whose conversation is
 * likewise. Exactly one of them, but for a context that has a conversation per pair: `to` says then with whom.
 */
export type SendMessage = Static<typeof SendMessage>
export const SendMessage = Type.Object(
  {
    ...body,
    conversationId: Type.Optional(ConversationId),
    to: Type.Optional(UserId),
    context: Type.Optional(ContextRef),
  },
  { additionalProperties: false },
)

export type SentMessage = Static<typeof SentMessage>
export const SentMessage = Type.Object({
  message: Message,
  /** False when the clientId had been sent before, and this is what it made then. */
  created: Type.Boolean(),
})

const ImportedMessage = Type.Object(
  {
    senderId: UserId,
    type: Type.Optional(Type.String({ ...MessageType, description: 'As of a send, but for what has a status' })),
    content: Type.Optional(text(1, MAX_CONTENT_LENGTH)),
    payload: Type.Optional(Payload),
    replyTo: Type.Optional(
      Type.String({
        ...MessageId,
        description: 'The message of the conversation that it answers, imported by an earlier call',
      }),
    ),
    createdAt: Timestamp,
    /** The message's key in the system that it comes from: the same one is imported once. */
    clientId: ClientId,
  },
  { additionalProperties: false },
)
export type ImportMessages = Static<typeof ImportMessages>
export const ImportMessages = Type.Object(
  { conversationId: ConversationId, messages: Type.Array(ImportedMessage, { minItems: 1, maxItems: 100 }) },
  { additionalProperties: false },
)
export const ImportedMessages = Type.Object({
  data: Type.Array(SentMessage),
})

export const MessageRef = Type.Object({ messageId: MessageId }, { additionalProperties: false })

export type EditMessage = Static<typeof EditMessage>
export const EditMessage = Type.Object(
  {
    messageId: MessageId,
    content: Type.String({
      ...text(0, MAX_CONTENT_LENGTH),
      description: 'Empty takes a caption away, of what is attached or of a place',
    }),
  },
  { additionalProperties: false },
)

export type ListMessageHistory = Static<typeof ListMessageHistory>
export const ListMessageHistory = Type.Object(
  { messageId: MessageId, limit: Type.Optional(Limit), cursor: Type.Optional(OpaqueCursor) },
  { additionalProperties: false },
)
/** What a message said until it was edited or deleted; of one that is deleted for everyone, that it did, without the words. */
export type MessageVersion = Static<typeof MessageVersion>
export const MessageVersion = Type.Object({
  rev: Seq,
  content: Type.String(),
  replacedAt: Timestamp,
  replacedBy: UserProfile,
  deleted: Type.Boolean({ description: 'True: it was not edited then, but deleted' }),
})

/** The latest first. */
export type PinnedMessages = Static<typeof PinnedMessages>
export const PinnedMessages = Type.Object({ data: Type.Array(Message, { maxItems: MAX_PINS }) })
