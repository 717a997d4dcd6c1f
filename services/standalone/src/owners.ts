import { conversationOwner } from '@parley/conversation'

/** Everybody who has tables in the database, in the order in which they are migrated. */
export const owners = [conversationOwner] as const
