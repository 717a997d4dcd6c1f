import { type Static, Type } from 'typebox'
import { MessageId, Seq } from './identifiers.ts'
import { Message } from './message.ts'
import { orNull } from './or-null.ts'

/** As many messages as one call deletes. */
const MAX_DELETIONS = 100

const forWhom = Type.Optional(
  Type.Enum(['everyone', 'me'], {
    default: 'everyone',
    description:
      '`everyone`: an own message, whose words go and whose place stays. `me`: any message that you see; to the others it is there as before',
  }),
)

export type DeleteMessage = Static<typeof DeleteMessage>
export const DeleteMessage = Type.Object({ messageId: MessageId, for: forWhom }, { additionalProperties: false })

export type DeleteMessages = Static<typeof DeleteMessages>
export const DeleteMessages = Type.Object(
  { messageIds: Type.Array(MessageId, { minItems: 1, maxItems: MAX_DELETIONS }), for: forWhom },
  { additionalProperties: false },
)

/** What came of one of several: the message, or why it was not to be. */
export type DeletionOutcome = Static<typeof DeletionOutcome>
export const DeletionOutcome = Type.Object({
  messageId: MessageId,
  message: orNull(Message),
  error: orNull(
    Type.Object({ code: Type.String(), message: Type.String() }),
    'As the call for this one alone would be refused; null: it is deleted',
  ),
})
/** An outcome for each id, in their order. */
export type DeletedMessages = Static<typeof DeletedMessages>
export const DeletedMessages = Type.Object({ data: Type.Array(DeletionOutcome) })

/** A message that somebody has deleted for themself. */
export type HiddenMessage = Static<typeof HiddenMessage>
export const HiddenMessage = Type.Object({ messageId: MessageId, seq: Seq })
