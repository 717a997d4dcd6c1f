import { type Static, Type } from 'typebox'
import { Attachment } from './attachment.ts'
import { ConversationContext } from './context.ts'
import { ConversationKind } from './conversation-kind.ts'
import { ConversationId, MessageId, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'

/** What a webhook is asked before a message is there; nobody is told of it. */
export const BEFORE_SEND = 'message.before_send'

/** An answer of the host's is read no further: the longest text that a message may have, escaped. Bytes. */
export const MAX_HOOK_ANSWER = 128 * 1024
/** So much of a reason is shown to a sender. Characters. */
export const MAX_HOOK_REASON = 300

/** What the host is asked about: words that somebody is about to let others read. */
export type BeforeSend = Static<typeof BeforeSend>
export const BeforeSend = Type.Object({
  kind: Type.Enum(['message', 'edit', 'action'], {
    description:
      '`message`: it is to be sent; `edit`: its words are to be these; `action`: somebody acts on an offer or a booking request, with a reason or a counter-offer',
  }),
  conversation: Type.Object({
    id: ConversationId,
    kind: ConversationKind,
    context: orNull(ConversationContext),
    title: orNull(Type.String()),
    participantIds: Type.Array(UserId, { description: 'The first 16' }),
  }),
  sender: Type.Object({ userId: UserId, name: orNull(Type.String()) }),
  message: Type.Object({
    id: orNull(MessageId, 'Null for one that is not there yet'),
    clientId: orNull(Type.String(), 'As the sender’s client chose it: one that is asked about again has the same'),
    type: Type.String(),
    content: Type.String({ description: 'The words; of an action, its reason' }),
    payload: orNull(Type.Object({})),
    attachments: Type.Array(Attachment),
    replyTo: orNull(MessageId),
    forwarded: Type.Boolean(),
  }),
  action: orNull(Type.String(), 'Of an action: which'),
})

const closed = { additionalProperties: false }

/** What the host may say. Anything else is no answer. */
export type HookAnswer = Static<typeof HookAnswer>
export const HookAnswer = Type.Union([
  Type.Object({ action: Type.Literal('allow') }, closed),
  Type.Object({ action: Type.Literal('modify'), content: Type.String() }, closed),
  Type.Object({ action: Type.Literal('reject'), reason: Type.Optional(Type.String()) }, closed),
  Type.Object({ action: Type.Literal('hold') }, closed),
])
