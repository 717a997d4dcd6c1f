import type { Reaction } from '@parley/contracts'

/** Where a reaction stands among those of its message. */
export interface ReactionPlace {
  /** Microseconds since 1970. */
  at: number
  userId: string
  emoji: string
}

interface ReactionFilter {
  emoji?: string | undefined
  after?: ReactionPlace | undefined
  limit: number
}

export interface Reactions {
  /** Who reacted to a message, the first one first, from behind `after` on. */
  list(messageId: string, filter: ReactionFilter): Promise<(Reaction & { place: ReactionPlace })[]>
}
