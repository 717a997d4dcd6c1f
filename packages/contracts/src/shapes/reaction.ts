import { type Static, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { LongCursor, MessageId, Timestamp } from './identifiers.ts'
import { Limit } from './pagination.ts'

const emoji = { minLength: 1, maxLength: 40, examples: ['👍'] }

export type React = Static<typeof React>
export const React = Type.Object(
  { messageId: MessageId, emoji: Type.String({ ...emoji, description: 'One emoji' }) },
  { additionalProperties: false },
)

/** Who reacted with what, and when. */
export type Reaction = Static<typeof Reaction>
export const Reaction = Type.Object({ emoji: Type.String(), user: UserProfile, at: Timestamp })

export type ListReactions = Static<typeof ListReactions>
export const ListReactions = Type.Object(
  {
    messageId: MessageId,
    emoji: Type.Optional(Type.String({ ...emoji, description: 'Only who reacted with this one' })),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(LongCursor),
  },
  { additionalProperties: false },
)
