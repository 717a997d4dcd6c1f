import type { NotificationKind, Revocation, Standing } from '@parley/contracts'

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

/** How a place stands now, and whose it is. */
export interface Standings {
  /** Null: nothing of it may leave any more. */
  standing: Standing | null
  /** Which of the user's tokens are refused; null: none. */
  revocation: Revocation | null
}

/** How these stand now, in their order. At most 50 at once. */
export type StandingOf = (tenantId: string, places: readonly Place[]) => Promise<Standings[]>
/** How much is unread for each of these in all, in their order. At most 50 at once. */
export type UnreadOf = (tenantId: string, userIds: readonly string[]) => Promise<number[]>
