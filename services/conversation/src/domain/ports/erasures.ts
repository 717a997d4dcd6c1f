/** A message that was deleted for everyone, and of which words may be left where events wait for who consumes them. */
export interface Erasure {
  messageId: string
  conversationId: string
  createdAt: string
}

export interface Erasures {
  /** So many of those that are to be done, of what was deleted at least so long ago, and until then. */
  list(limit: number, of?: { settledMs?: number; until?: string }): Promise<Erasure[]>
  done(messageIds: readonly string[]): Promise<void>
}
