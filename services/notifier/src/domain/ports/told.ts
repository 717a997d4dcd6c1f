import type { NotificationKind } from '@parley/contracts'

/** Somebody in a conversation. */
export interface ToldPlace {
  conversationId: string
  userId: string
}

/** How far somebody was told before, and is now. */
export interface ToldMark extends ToldPlace {
  /** Undefined: never. */
  before: number | undefined
  seq: number
}

export interface ToldRepository {
  /** Of these conversations, up to where each of those in them was told. */
  of(conversationIds: readonly string[]): Promise<(ToldPlace & { seq: number })[]>
  /**
   * Moves these forward, and answers of each whether it did: whoever stands elsewhere than before was told by another meanwhile. Others who
   * look at one of the conversations wait for the end of the transaction.
   */
  advance(marks: readonly ToldMark[]): Promise<boolean[]>
}

/** What somebody is told of. */
export interface News extends ToldPlace {
  kind: NotificationKind
  fromSeq: number
  toSeq: number
  count: number
  /** It stands in their list. */
  listed: boolean
  /** It is handed over to their devices. */
  pushed: boolean
}

export interface StoredNotification extends Omit<News, 'conversationId'> {
  id: string
  /** Null: it is of none. */
  conversationId: string | null
  createdAt: string
  updatedAt: string
  readAt: string | null
}

export interface NotificationPlace {
  at: string
  id: string
}

export type WhichRead = { ids: readonly string[] } | { upTo: string } | { conversationId: string }

export interface NotificationRepository {
  /** One for each of these; what they have unread of the conversation counts that much more. Answers how they stand now. */
  tell(news: readonly News[]): Promise<StoredNotification[]>
  /** Somebody has read a conversation up to there. Answers what is read by that. */
  readUpTo(conversationId: string, userId: string, seq: number): Promise<StoredNotification[]>
  /** These of somebody's, or all up to a time or of a conversation, are read. Answers those that were not. */
  markRead(userId: string, which: WhichRead): Promise<StoredNotification[]>
  /** The latest first, from behind a place on: those that stand in the list. */
  list(
    userId: string,
    range: { unread: boolean; after: NotificationPlace | null; limit: number },
  ): Promise<StoredNotification[]>
  /** How many of their list are unread, up to 100. */
  countUnread(userIds: readonly string[]): Promise<Map<string, number>>
}

/** A conversation that something happened in. */
export interface Happening {
  tenantId: string
  conversationId: string
  /** In so many milliseconds it is looked at. */
  dueInMs: number
}

/** Somebody who has read. */
export interface ReadMark {
  tenantId: string
  conversationId: string
  userId: string
  seq: number
}
