import type {
  NotificationChannel,
  NotificationKind,
  NotificationLevel,
  NotificationPreferences,
} from '@parley/contracts'
import { endOfQuiet } from './quiet-hours.ts'

/** What a level of a conversation has no say in: they are told to somebody as who they are, not as who takes part there. */
const OF_NO_CONVERSATION: readonly NotificationKind[] = ['broadcast', 'report']

/** Whether somebody is told of such a thing in that way at all. `level` is theirs in its conversation. */
export function mayTell(
  { channels, kinds, email }: NotificationPreferences,
  level: NotificationLevel,
  kind: NotificationKind,
  channel: NotificationChannel,
): boolean {
  if (!channels[channel] || !kinds[kind]) return false
  if (channel === 'email' && email === null) return false
  if (level === 'all' || OF_NO_CONVERSATION.includes(kind)) return true
  return level === 'mentions' && kind === 'mention'
}

/** Until when they are left alone; null: they are not. The list in the app is kept in quiet hours too. */
export function quietUntil({ quietHours }: Pick<NotificationPreferences, 'quietHours'>, now: Date): Date | null {
  return quietHours && endOfQuiet(quietHours, now)
}

/** What waits to be told while they are left alone; undefined: they are not. It may have become due meanwhile, or a receiver asked to come later. */
export function inQuietHours(
  preferences: Pick<NotificationPreferences, 'quietHours'>,
  now: Date,
): { state: 'waiting'; reason: string; afterMs: number } | undefined {
  const until = quietUntil(preferences, now)
  return until ? { state: 'waiting', reason: 'quiet hours', afterMs: until.getTime() - now.getTime() } : undefined
}

/** When an e-mail may tell of what somebody has not read since then. */
export function emailDueAt(
  { digestAfterMinutes }: Pick<NotificationPreferences, 'digestAfterMinutes'>,
  unreadSince: Date,
): Date {
  return new Date(unreadSince.getTime() + (digestAfterMinutes ?? 0) * 60_000)
}
