import { type Static, Type } from 'typebox'
import { ConversationId, OpaqueCursor, Timestamp, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'

const DeadLetterId = Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'A notification on its way (UUIDv7)' })
const ChannelName = Type.Enum(['web_push', 'fcm', 'apns', 'email'], { description: 'The way that it was to go' })

/** What was to be handed over to a device or an address, and was not taken. */
export type DeadLetter = Static<typeof DeadLetter>
export const DeadLetter = Type.Object({
  id: DeadLetterId,
  userId: UserId,
  channel: Type.String(),
  kind: Type.String({ description: 'The kind of notification' }),
  conversationId: orNull(ConversationId),
  state: Type.Enum(['dead', 'refused'], {
    description: '`dead`: it was tried five times; `refused`: the receiver will never take it as it is',
  }),
  reason: orNull(Type.String(), 'What the receiver said last'),
  attempts: Type.Integer(),
  createdAt: Timestamp,
  settledAt: Timestamp,
})

export type ListDeadLetters = Static<typeof ListDeadLetters>
export const ListDeadLetters = Type.Object(
  {
    channel: Type.Optional(ChannelName),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
  },
  { additionalProperties: false },
)

/** As many as one call drives again. */
export const MAX_REDRIVEN = 1_000

export type RedriveDeadLetters = Static<typeof RedriveDeadLetters>
export const RedriveDeadLetters = Type.Object(
  {
    ids: Type.Optional(Type.Array(DeadLetterId, { minItems: 1, maxItems: 100, description: 'Left out: all of them' })),
    channel: Type.Optional(ChannelName),
  },
  { additionalProperties: false },
)

export type Redriven = Static<typeof Redriven>
export const Redriven = Type.Object({
  redriven: Type.Integer({ description: `At most ${MAX_REDRIVEN} at once` }),
  hasMore: Type.Boolean(),
})
