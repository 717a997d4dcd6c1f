import type { UpsertUser, User, UserProfile } from '@parley/contracts'

/** Which of somebody's tokens are refused. */
export interface RefusedTokens {
  /** Those that were issued before, in epoch milliseconds. */
  revokedBefore: number | null
  /** Those of these sessions, each with when it was ended. */
  endedSessions: Record<string, number> | null
}

export interface Standing extends RefusedTokens {
  hostRole: string | null
  disabled: boolean
  /** When the host said the role; null where only tokens have. Epoch milliseconds. */
  roleSaidAt: number | null
}

export interface StoredUser extends Standing {
  name: string | null
  avatarUrl: string | null
  /** They keep to themself what they have received and read, and are not told it of others. */
  receiptsHidden: boolean
  /** They keep to themself whether they are there, and are not told it of others. */
  presenceHidden: boolean
}

/** What a token said has been stored. */
export interface RememberedUser extends StoredUser {
  /** Somebody who was known has another name or picture than before. */
  renamed: boolean
}

/** Somebody, and how they are reached. */
export interface Reachable {
  userId: string
  name: string | null
  locale: string | null
  email: string | null
}

export interface Users {
  /** People whom the host mentioned before they ever logged in. Names are kept for those who have none: of these, the ids. */
  ensure(ids: readonly string[], names?: ReadonlyMap<string, string>): Promise<string[]>
  /** Users in the order given: whether they were new and, of who was not, whether name or picture are others now. */
  upsert(users: readonly UpsertUser[]): Promise<{ user: User; created: boolean; renamed: boolean }[]>
  /** Those whom nobody has mentioned. */
  unknownAmong(ids: readonly string[]): Promise<string[]>
  find(id: string): Promise<User | null>
  /** As they are now; of somebody whom nobody has mentioned, without a name. */
  profiles(ids: readonly string[]): Promise<(id: string) => UserProfile>
  /**
   * Those who are not disabled, by id from behind `after` on: for whom the host has one of these words, or everybody. `ids`: only these.
   */
  reachable(filter: {
    roles: readonly string[] | null
    ids?: readonly string[]
    after: string | null
    limit: number
  }): Promise<Reachable[]>
  /**
   * Locks the users' rows, in the order of their ids, so that nobody blocks somebody while they start to talk. `start` is for
   * those who start: any number at once, but not while somebody holds the rows to `refuse`.
   */
  lock(ids: readonly string[], purpose: 'start' | 'refuse'): Promise<void>
  /** Which of these are in a conversation with the user, both of them still. */
  acquaintedAmong(id: string, others: readonly string[]): Promise<string[]>
  /** Those of them who are disabled, or have tokens that are refused. */
  refusedAmong(ids: readonly string[]): Promise<({ userId: string } & Standing)[]>
  setRefusedTokens(id: string, refused: RefusedTokens): Promise<void>
  setDisabled(id: string, isDisabled: boolean): Promise<void>
  setReceiptsHidden(id: string, areHidden: boolean): Promise<void>
  setPresenceHidden(id: string, isHidden: boolean): Promise<void>
  /** When they were there last; an earlier time than is known changes nothing. */
  setLastSeen(users: readonly { userId: string; at: string }[]): Promise<void>
  /** Their own picture, or none: no token says another from then on. False where it was the same. */
  setAvatar(id: string, avatarUrl: string | null): Promise<boolean>
  /** Null for whom nobody has mentioned. */
  standing(id: string): Promise<Standing | null>
}
