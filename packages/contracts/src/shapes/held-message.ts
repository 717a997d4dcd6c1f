import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { Attachment } from './attachment.ts'
import { ConversationId, MessageId, OpaqueCursor, Timestamp, text, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit, pageOf } from './pagination.ts'

const HeldMessageId = Type.String({ ...MessageId, description: 'A held message (UUIDv7)' })

export type HeldStatus = Static<typeof HeldStatus>
export const HeldStatus = Type.Enum(['held', 'releasing', 'released', 'refused'], {
  description:
    '`held` waits for an admin; `releasing` was let through and is on its way; `released` is `messageId` by now; `refused` was not let through, ' +
    'or could not be sent any more when it was, with why in `error`',
})

/** A message that waits until an admin has looked at it, as its sender sees it. */
export type HeldMessage = Static<typeof HeldMessage>
export const HeldMessage = Type.Object({
  id: HeldMessageId,
  status: HeldStatus,
  conversationId: ConversationId,
  senderId: UserId,
  clientId: Type.String({ description: 'The key that it was sent with' }),
  message: orNull(
    Type.Object({
      type: Type.String(),
      content: Type.String(),
      payload: orNull(Type.Object({})),
      attachments: Type.Array(Attachment),
      replyTo: orNull(MessageId),
    }),
    'What it says; null once it was decided',
  ),
  messageId: orNull(MessageId),
  error: orNull(Type.Object({ code: Type.String(), message: Type.String() })),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

/** The same for those who decide. */
export type HeldMessageCase = Static<typeof HeldMessageCase>
export const HeldMessageCase = Type.Object({
  ...HeldMessage.properties,
  sender: UserProfile,
  why: Type.Enum(['host', 'no_answer'], {
    description: 'The host asked for it, or gave no answer and the rules say that it is held then',
  }),
  decidedBy: orNull(UserId),
})

export type ListHeldMessages = Static<typeof ListHeldMessages>
export const ListHeldMessages = Type.Object(
  {
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
    conversationId: Type.Optional(Type.String({ ...ConversationId, description: 'Only those of this conversation' })),
  },
  { additionalProperties: false },
)
export const HeldMessagePage = pageOf(HeldMessage)
export const HeldMessageCasePage = pageOf(HeldMessageCase)

export type HeldMessageRef = Static<typeof HeldMessageRef>
export const HeldMessageRef = Type.Object({ heldMessageId: HeldMessageId }, { additionalProperties: false })

export type RefuseHeldMessage = Static<typeof RefuseHeldMessage>
export const RefuseHeldMessage = Type.Object(
  {
    heldMessageId: HeldMessageId,
    reason: Type.Optional({ ...text(1, 300), description: 'Shown to its sender' }),
  },
  { additionalProperties: false },
)
