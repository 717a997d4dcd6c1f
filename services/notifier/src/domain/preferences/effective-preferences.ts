import {
  NotificationChannel,
  NotificationKind,
  type NotificationPreferences,
  type Policy,
  type PutNotificationPreferences,
} from '@parley/contracts'

/** What somebody has said over the tenant's rules, which say what there is at all. `email` is where they are reached. */
export function effectivePreferences(
  said: PutNotificationPreferences,
  rules: Policy['notifications'],
  email: string | null,
): NotificationPreferences {
  const each = <Name extends string>(names: readonly Name[], of: (name: Name) => boolean) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, boolean>
  return {
    channels: each(
      NotificationChannel.enum,
      (name) => rules.channels.includes(name) && (said.channels?.[name] ?? true),
    ),
    kinds: each(NotificationKind.enum, (name) => said.kinds?.[name] ?? true),
    quietHours: said.quietHours ?? null,
    previews: rules.previews && (said.previews ?? true),
    digestAfterMinutes: said.digestAfterMinutes === undefined ? rules.digestAfterMinutes : said.digestAfterMinutes,
    email,
  }
}
