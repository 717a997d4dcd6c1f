import { type Static, Type } from 'typebox'

export type ConversationKind = Static<typeof ConversationKind>
export const ConversationKind = Type.Enum(['direct', 'group', 'context'])
