import { type Static, Type } from 'typebox'
import { ConversationId, MessageId, OpaqueCursor, Timestamp } from './identifiers.ts'
import { MessageBody, SendMessage } from './message.ts'
import { orNull } from './or-null.ts'
import { Limit, pageOf } from './pagination.ts'

/** A user has at most this many messages that wait or have failed. */
export const MAX_SCHEDULED_MESSAGES = 100
/** Nobody schedules further ahead; days. */
export const MAX_SCHEDULED_DAYS = 366

const { clientId: _clientId, ...message } = SendMessage.properties
const { clientId: _ownKey, as: _as, type: _type, ...changeable } = MessageBody.properties

const ScheduledMessageId = Type.String({ ...MessageId, description: 'A scheduled message (UUIDv7)' })
const SendAt = Type.String({
  ...Timestamp,
  description: `When it is to be sent, by the server's clock: in the future, at most ${MAX_SCHEDULED_DAYS} days ahead`,
})

/** A message as it would be sent now, and when it is to be. */
export type ScheduleMessage = Static<typeof ScheduleMessage>
export const ScheduleMessage = Type.Object(
  { ...SendMessage.properties, sendAt: SendAt },
  { additionalProperties: false },
)

/** What is left out stays as it was; whom it goes to does not change. */
export type UpdateScheduledMessage = Static<typeof UpdateScheduledMessage>
export const UpdateScheduledMessage = Type.Object(
  { scheduledMessageId: ScheduledMessageId, sendAt: Type.Optional(SendAt), ...changeable },
  { additionalProperties: false },
)

export type ScheduledMessageRef = Static<typeof ScheduledMessageRef>
export const ScheduledMessageRef = Type.Object(
  { scheduledMessageId: ScheduledMessageId },
  { additionalProperties: false },
)

export type ListScheduledMessages = Static<typeof ListScheduledMessages>
export const ListScheduledMessages = Type.Object(
  {
    conversationId: Type.Optional(ConversationId),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
  },
  { additionalProperties: false },
)

export type ScheduledStatus = Static<typeof ScheduledStatus>
export const ScheduledStatus = Type.Enum(['scheduled', 'sending', 'sent', 'failed', 'cancelled'], {
  description:
    '`scheduled` waits; `sending` is under way; `sent` is `messageId` by now; `failed` was refused for `error` when it was due, and ' +
    'waits to be changed or cancelled; with `held_for_review` it is among the held messages from then on',
})

/** A message that waits for its time, in its present state. */
export type ScheduledMessage = Static<typeof ScheduledMessage>
export const ScheduledMessage = Type.Object({
  id: ScheduledMessageId,
  status: ScheduledStatus,
  sendAt: Timestamp,
  message: orNull(Type.Object(message), 'What is to be sent, and to whom; null when it was sent or cancelled'),
  conversationId: orNull(ConversationId, 'Where it goes, or went; null for one that its sending makes or finds'),
  messageId: orNull(MessageId),
  error: orNull(Type.Object({ code: Type.String(), message: Type.String() })),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

export const ScheduledMade = Type.Object({
  scheduled: ScheduledMessage,
  /** False when the clientId had been used before, and this is what it made then. */
  created: Type.Boolean(),
})

export const ScheduledMessagePage = pageOf(ScheduledMessage)
