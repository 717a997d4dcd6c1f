import type { NotificationLevel, NotificationPreferences, Policy, PutNotificationPreferences } from '@parley/contracts'

/** How somebody is told of what happens in one conversation. */
export interface Wishes {
  preferences: NotificationPreferences
  level: NotificationLevel
}

/** Somebody, and where the host says that e-mails reach them. */
export interface Reached {
  userId: string
  email: string | null
}

/** How each of these wants to be told, as it is now. Of nothing in a conversation: with null. */
export type PreferencesOf = (
  tenantId: string,
  conversationId: string | null,
  users: readonly Reached[],
) => Promise<Map<string, Wishes>>

/** What a tenant's rules say of notifications. */
export type RulesOf = (tenantId: string) => Promise<Policy['notifications']>

export interface PreferenceRepository {
  /** What they have said; who has said nothing is left out. */
  of(userIds: readonly string[]): Promise<Map<string, PutNotificationPreferences>>
  put(userId: string, said: PutNotificationPreferences): Promise<void>
  /** Leaves the rest as it is, whatever is put in the same moment. */
  turnOffEmail(userId: string): Promise<void>
  /** Those that are not `all`. */
  levels(conversationId: string, userIds: readonly string[]): Promise<Map<string, NotificationLevel>>
  setLevel(conversationId: string, userId: string, level: NotificationLevel): Promise<void>
}
