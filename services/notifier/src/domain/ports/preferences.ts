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

/** Somebody who is told of a conversation, or, with null, of nothing in one. */
export interface ToldOf extends Reached {
  conversationId: string | null
}

/** How each of these wants to be told, as it is now, in their order. */
export type PreferencesOf = (tenantId: string, asked: readonly ToldOf[]) => Promise<Wishes[]>

/** What a tenant's rules say of notifications. */
export type RulesOf = (tenantId: string) => Promise<Policy['notifications']>

export interface ConversationLevel {
  conversationId: string
  userId: string
  level: NotificationLevel
}

export interface PreferenceRepository {
  /** What they have said; who has said nothing is left out. */
  of(userIds: readonly string[]): Promise<Map<string, PutNotificationPreferences>>
  put(userId: string, said: PutNotificationPreferences): Promise<void>
  /** Leaves the rest as it is, whatever is put in the same moment. */
  turnOffEmail(userId: string): Promise<void>
  /** What these people have said of these conversations, also the one of another's; `all` is left out. */
  levels(conversationIds: readonly string[], userIds: readonly string[]): Promise<ConversationLevel[]>
  setLevel(conversationId: string, userId: string, level: NotificationLevel): Promise<void>
}
