import { type Static, Type } from 'typebox'
import { ClientId, ConversationId, MessageId } from './identifiers.ts'
import { Message } from './message.ts'
import { orNull } from './or-null.ts'

export type ForwardMessage = Static<typeof ForwardMessage>
export const ForwardMessage = Type.Object(
  {
    messageId: MessageId,
    conversationIds: Type.Array(ConversationId, {
      minItems: 1,
      maxItems: 20,
      description: 'Where to; each has its own outcome',
    }),
    clientId: Type.Optional(ClientId),
  },
  { additionalProperties: false },
)

export const ForwardOutcome = Type.Object({
  conversationId: ConversationId,
  message: orNull(Message),
  error: orNull(
    Type.Object({ code: Type.String(), message: Type.String() }),
    'As sending there would be refused; null: it was sent',
  ),
})
/** An outcome for each conversation, in their order. */
export type ForwardedMessages = Static<typeof ForwardedMessages>
export const ForwardedMessages = Type.Object({ data: Type.Array(ForwardOutcome) })
