import { type Static, Type } from 'typebox'
import { ConversationId, MessageId, Seq, Timestamp, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'

export type XrayStepName = Static<typeof XrayStepName>
export const XrayStepName = Type.Enum(
  ['received', 'committed', 'told', 'streamed', 'notified', 'webhook', 'delivered', 'read', 'edited', 'deleted'],
  {
    description:
      '`told`: live, to the sockets of a gateway; `streamed`: stored in the event stream; `notified`: in the app, by a push or an e-mail',
  },
)

export type XrayStep = Static<typeof XrayStep>
export const XrayStep = Type.Object({
  step: XrayStepName,
  at: orNull(Timestamp, 'Null where it is not known when, or it has not happened'),
  who: orNull(Type.String(), 'A process, gateway, user, channel or webhook that it was by or for'),
  isKnown: Type.Boolean({ description: 'False: `says` says why nobody knows' }),
  says: Type.String({ description: 'In words, without any of the message' }),
})

/** What has become of a message, without what it says. */
export type MessageXray = Static<typeof MessageXray>
export const MessageXray = Type.Object({
  messageId: MessageId,
  conversationId: ConversationId,
  seq: Seq,
  type: Type.String(),
  senderId: orNull(UserId),
  steps: Type.Array(XrayStep, { description: 'In the order of a life, not of clocks' }),
})

/** When somebody was told of a message by other ways than a socket, as the notification worker has it. */
export type MessageTelling = Static<typeof MessageTelling>
export const MessageTelling = Type.Object({
  way: Type.Enum(['in_app', 'channel', 'webhook']),
  /** The channel, or the id of the webhook. */
  by: Type.String(),
  userId: orNull(UserId),
  state: Type.String(),
  at: orNull(Timestamp),
  reason: orNull(Type.String()),
})
