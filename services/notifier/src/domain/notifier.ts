import type { Audience, Control, Notifications } from '@parley/contracts'
import { createDeadLetters } from './dead-letters/dead-letters.ts'
import { createDevices, type PushSettings } from './devices/devices.ts'
import { signOutDevices } from './devices/sign-out-devices.ts'
import { hearHappenings } from './happenings/hear-happenings.ts'
import { tellHappening } from './happenings/tell-happening.ts'
import { createNotificationList } from './in-app/list-notifications.ts'
import { messagesRead } from './in-app/read-notifications.ts'
import { changeOf } from './in-app/show-notifications.ts'
import { type Followed, followNews } from './look/follow-news.ts'
import { hearMessages } from './look/hear-messages.ts'
import { createLook, type Look, type LookDeps } from './look/look.ts'
import type { Store } from './ports/store.ts'
import type { TargetsOf } from './ports/targets.ts'
import type { ReadMark } from './ports/told.ts'
import { createPreferences, createPreferencesOf } from './preferences/preferences.ts'
import { createRulesOf } from './rules-of.ts'
import { createTargetsOf } from './targets/targets-of.ts'
import { createTemplates } from './words/templates.ts'

export interface NotifierDeps extends Pick<LookDeps, 'delayMs' | 'areLooking' | 'passing'> {
  store: Store
  audience: Audience
  push: PushSettings
  /** Whether there is anything that sends e-mails; left out, there is. */
  sendsEmail?: boolean
  /** Where people are told outside of the app; left out, on their devices and at their addresses. */
  targetsOf?: TargetsOf
  /** To every gateway, at most once. */
  tell?: (control: Control) => void
  now?: () => Date
}

/** Everything that the notification worker does, whoever asks for it. */
export interface Notifier {
  notifications: Notifications
  /**
   * Goes on from a position in the log of what happens: where something was written will be looked at, and of who has read, what told of it
   * is read as well.
   */
  follow(position: string | null): Promise<Followed>
  look: Look
  /** Some of a user's tokens are refused from now on: devices that were registered with one are told nothing more. */
  tokensRevoked(revoked: Extract<Control, { kind: 'tokens_revoked' }>): Promise<void>
  /** Tells those whom something that is no message concerns. Answers when there is more to do. */
  tellHappening(tenantId: string, id: string): Promise<{ againMs: number } | undefined>
}

export function createNotifier(deps: NotifierDeps): Notifier {
  const {
    store,
    audience,
    push,
    sendsEmail = true,
    delayMs,
    tell = () => {},
    now = () => new Date(),
    areLooking,
    passing,
  } = deps
  const targetsOf: TargetsOf = deps.targetsOf ?? createTargetsOf({ store, pushChannels: push.channels, sendsEmail })
  const rulesOf = createRulesOf(audience)
  const told: LookDeps['told'] = (tenantId, stored, unreadCount) =>
    tell({
      kind: 'notification_changed',
      ...{ tenantId, userId: stored.userId, notification: changeOf(stored, unreadCount) },
    })
  const readMark = (mark: ReadMark) => messagesRead({ store, targetsOf, told }, mark)
  const lookDeps: LookDeps = {
    ...{ store, audience, targetsOf, delayMs, told, now },
    preferencesOf: createPreferencesOf({ store, rulesOf }),
    ...(areLooking && { areLooking }),
    async wrote(marks) {
      const isNews = await store.isNewsRead(marks)
      for (const mark of marks.filter((_, i) => isNews[i])) await readMark(mark)
    },
    ...(passing && { passing }),
  }
  return {
    notifications: {
      ...createPreferences({ store, audience, rulesOf, sendsEmail }),
      ...createTemplates({ store, audience }),
      ...createDevices({ store, audience, push }),
      ...createDeadLetters({ store, audience }),
      ...createNotificationList({ store, audience, targetsOf, told }),
    },
    follow: followNews({
      ...{ store, audience },
      written: hearMessages({
        wantLooks: (some) => store.wantLooks(some, delayMs),
        ...{ delayMs, now: () => now().getTime() },
      }),
      happened: hearHappenings({ store, delayMs }),
      read: readMark,
    }),
    look: createLook(lookDeps),
    tokensRevoked: ({ tenantId, userId, ...revocation }) =>
      signOutDevices(store, { tenantId, userId, revocation }, now()),
    tellHappening: (tenantId, id) => tellHappening({ ...lookDeps, audience }, tenantId, id),
  }
}
