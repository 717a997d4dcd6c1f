import { type Static, Type } from 'typebox'
import { ConversationId, OpaqueCursor, Timestamp } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'

const DeadEventId = Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'UUIDv7' })

/** An event of the stream that a consumer could not handle, five times. */
export type DeadEvent = Static<typeof DeadEvent>
export const DeadEvent = Type.Object({
  id: DeadEventId,
  consumer: Type.String({ description: 'Who could not' }),
  eventId: Type.String({ description: 'As the stream has it' }),
  subject: Type.String(),
  sequence: orNull(Type.Integer(), 'Where it stands in the stream; null where nothing keeps it'),
  type: orNull(Type.String(), 'The type of event; null where it cannot be told'),
  conversationId: orNull(ConversationId),
  state: Type.Enum(['aside', 'waiting', 'lost'], {
    description:
      '`waiting`: it is handled again; `lost`: what it told of is not there any more, and nothing can be done',
  }),
  error: Type.String({ description: 'Why not, the last time' }),
  failures: Type.Integer({ description: 'How often it was put aside' }),
  createdAt: Timestamp,
  failedAt: Timestamp,
})

export type ListDeadEvents = Static<typeof ListDeadEvents>
export const ListDeadEvents = Type.Object(
  { limit: Type.Optional(Limit), cursor: Type.Optional(OpaqueCursor) },
  { additionalProperties: false },
)

export type RedriveDeadEvents = Static<typeof RedriveDeadEvents>
export const RedriveDeadEvents = Type.Object(
  { ids: Type.Optional(Type.Array(DeadEventId, { minItems: 1, maxItems: 100, description: 'Left out: all of them' })) },
  { additionalProperties: false },
)
