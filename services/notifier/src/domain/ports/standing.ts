import type { Standing } from '@parley/contracts'

/** What somebody may have to be told of. */
export interface Place {
  userId: string
  conversationId: string
  fromSeq: number
  toSeq: number
}

/** How these stand now, in their order; null: nothing of it may leave any more. At most 50 at once. */
export type StandingOf = (tenantId: string, places: readonly Place[]) => Promise<(Standing | null)[]>
/** How much is unread for each of these in all, in their order. At most 50 at once. */
export type UnreadOf = (tenantId: string, userIds: readonly string[]) => Promise<number[]>
