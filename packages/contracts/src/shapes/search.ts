import { type Static, Type } from 'typebox'
import { ConversationName } from './conversation.ts'
import { ContextId, ContextType, ConversationId, OpaqueCursor, text, UserId } from './identifiers.ts'
import { Message } from './message.ts'
import { Limit, pageOf } from './pagination.ts'

export type SearchMessages = Static<typeof SearchMessages>
export const SearchMessages = Type.Object(
  {
    q: Type.String({
      ...text(1, 200),
      examples: ['blue boat'],
      description:
        'Words, all of which have to be there; "in quotes" one after the other; the last may be the beginning of one',
    }),
    conversationId: Type.Optional(Type.String({ ...ConversationId, description: 'Only in this conversation' })),
    contextType: Type.Optional(
      Type.String({ ...ContextType, description: 'Only in conversations about contexts of this type' }),
    ),
    contextId: Type.Optional(Type.String({ ...ContextId, description: 'Only about this one, with contextType' })),
    senderId: Type.Optional(Type.String({ ...UserId, description: 'Only what this user wrote' })),
    type: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        pattern: '^[a-z][a-z0-9_.-]*$',
        description: 'Only messages of this type',
      }),
    ),
    from: Type.Optional(Type.String({ format: 'date-time', description: 'Only from this time on' })),
    to: Type.Optional(Type.String({ format: 'date-time', description: 'Only before this time' })),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
  },
  { additionalProperties: false },
)

/** A message that was found, as it is now. */
export type FoundMessage = Static<typeof FoundMessage>
export const FoundMessage = Type.Object({
  message: Message,
  highlights: Type.Array(Type.Array(Type.Integer({ minimum: 0 }), { minItems: 2, maxItems: 2 }), {
    examples: [[[4, 9]]],
    description:
      'Where in `content` the words stand: [start, length], counted as strings of JavaScript are (UTF-16). Empty where the words ' +
      'are in `payload` alone',
  }),
  conversation: ConversationName,
})
export const FoundMessages = pageOf(FoundMessage)
