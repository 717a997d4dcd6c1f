import type { NotificationKind, Standing } from '@parley/contracts'

/** What somebody may have to be told of. */
export interface Place {
  userId: string
  /** Null: it is of none. */
  conversationId: string | null
  fromSeq: number
  toSeq: number
  /** As what they are told. */
  kind: NotificationKind
}

/** How these stand now, in their order; null: nothing of it may leave any more. At most 50 at once. */
export type StandingOf = (tenantId: string, places: readonly Place[]) => Promise<(Standing | null)[]>
/** How much is unread for each of these in all, in their order. At most 50 at once. */
export type UnreadOf = (tenantId: string, userIds: readonly string[]) => Promise<number[]>
