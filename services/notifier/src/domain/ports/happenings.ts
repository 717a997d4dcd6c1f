import type { Happened, NotificationKind } from '@parley/contracts'
import type { News, StoredNotification } from './told.ts'

/** Something besides messages that people are told of. */
export interface StoredHappening extends Happened {
  id: string
  /** When it happened. */
  at: string
  /** Whoever comes up to this user was told. */
  toldTo: string | null
}

export interface HappeningRepository {
  /** Keeps these, and sees to it that they are told at their time, by the clock that says when they happened. What is kept already, told or not, stays as it is. */
  add(happenings: readonly (Omit<StoredHappening, 'toldTo'> & { dueAt: string })[]): Promise<void>
  /** Undefined where everybody was told, or there is none. */
  find(id: string): Promise<StoredHappening | undefined>
  /** Moves on to there, null: to its end. False: another has moved it meanwhile. Others who tell of it wait for the end of the transaction. */
  advance(id: string, from: string | null, to: string | null): Promise<boolean>
}

/** What is of no conversation: of each kind somebody has one while it is unread. */
export type Announcement = Omit<News, 'conversationId'>

export interface AnnouncementRepository {
  announce(news: readonly Announcement[]): Promise<StoredNotification[]>
  /** Who has one of that kind that is unread. */
  unreadOf(kind: NotificationKind): Promise<string[]>
  /** Theirs of that kind is read. */
  readKind(userId: string, kind: NotificationKind): Promise<StoredNotification[]>
}
