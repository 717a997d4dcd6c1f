import type { Concerned, NotificationKind } from '@parley/contracts'
import type { Wishes } from '../ports/preferences.ts'
import { emailDueAt, mayTell, quietUntil } from '../preferences/may-tell.ts'
import { latest, type Telling } from './decide.ts'

/** Whether somebody is told of something that is no message, and how; null: of nothing. */
export function decideHappening(
  { seq, mutedUntil }: Concerned,
  { kind, at }: { kind: NotificationKind; at: string },
  { preferences, level }: Wishes,
  now: Date,
): Telling | null {
  if (mutedUntil !== null && Date.parse(mutedUntil) > now.getTime()) return null
  const [inApp, push, email] = (['inApp', 'push', 'email'] as const).map((way) =>
    mayTell(preferences, level, kind, way),
  )
  if (!inApp && !push && !email) return null
  const quiet = quietUntil(preferences, now)
  return {
    ...{ kind, fromSeq: seq, toSeq: seq, count: 1, eventAt: at, inApp: inApp === true },
    pushAt: push ? (quiet ?? now) : null,
    emailAt: email ? latest(now, quiet, emailDueAt(preferences, new Date(at))) : null,
  }
}
