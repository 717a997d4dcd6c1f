import { type Static, Type } from 'typebox'
import { messageActions, otherMoves, parties } from '../kinds/transitions/state-machine.ts'
import { ContextRef } from './context.ts'
import { ClientId, MessageId, Timestamp, text, UserId } from './identifiers.ts'
import { Message } from './message.ts'
import { orNull } from './or-null.ts'
import { Payload } from './payload.ts'

/** Of what somebody says as they act. */
export const MAX_ACTION_REASON = 500

/** One of the times that a booking request asks for, as it says them. */
export type ChosenTime = Static<typeof ChosenTime>
export const ChosenTime = Type.Object(
  { start: Type.String({ maxLength: 40 }), timeZone: Type.String({ maxLength: 64 }) },
  { additionalProperties: false },
)

const Reason = text(1, MAX_ACTION_REASON)

export type ActOnMessage = Static<typeof ActOnMessage>
export const ActOnMessage = Type.Object(
  {
    messageId: MessageId,
    action: Type.Enum([...messageActions], { description: 'What is done; which of them there are is the kind’s' }),
    chosen: Type.Optional({
      ...ChosenTime,
      description: 'confirm: one of the times that were asked for. With a single one it may be left out',
    }),
    reason: Type.Optional({ ...Reason, description: 'Kept with the message, for everybody to read' }),
    payload: Type.Optional(Payload),
    clientId: Type.Optional({ ...ClientId, description: "counter: the new offer's, as of any message" }),
    as: Type.Optional({ ...UserId, description: 'Service tokens only: who acts' }),
  },
  { additionalProperties: false },
)

export type SetMessageState = Static<typeof SetMessageState>
export const SetMessageState = Type.Object(
  {
    messageId: MessageId,
    status: Type.Enum(['completed', 'refused'], { description: 'What it becomes' }),
    reason: Type.Optional({ ...Reason, description: 'Kept with the message, for everybody to read' }),
  },
  { additionalProperties: false },
)

/** How a message came into another state. */
export type MessageTransition = Static<typeof MessageTransition>
export const MessageTransition = Type.Object({
  action: Type.Enum([...messageActions, ...otherMoves], { description: 'What was done' }),
  from: Type.String(),
  to: Type.String(),
  by: orNull(UserId, 'Who did it; null: it happened by itself'),
  party: Type.Enum([...parties], { description: 'In what right' }),
  at: Timestamp,
  reason: orNull(Type.String()),
  chosen: orNull(ChosenTime, 'Of a booking request that is confirmed: the time'),
  supersededBy: orNull(MessageId, 'Of an offer that was countered: the new one'),
})

/** What the host has to know to act on it. */
export type TransitionedMessage = Static<typeof TransitionedMessage>
export const TransitionedMessage = Type.Object({
  message: Message,
  context: orNull(ContextRef, 'What the conversation is about'),
  ...MessageTransition.properties,
})
