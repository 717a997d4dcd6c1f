import type { Audience, Notifications } from '@parley/contracts'
import { createDeadLetters } from './dead-letters/dead-letters.ts'
import { createDevices, type PushSettings } from './devices/devices.ts'
import type { Store } from './ports/store.ts'
import { createPreferences } from './preferences/preferences.ts'
import { createRulesOf } from './rules-of.ts'
import { createTemplates } from './words/templates.ts'

export interface NotifierDeps {
  store: Store
  audience: Audience
  push: PushSettings
  /** Whether there is anything that sends e-mails; left out, there is. */
  sendsEmail?: boolean
}

/** Everything that the notification worker does, whoever asks for it. */
export interface Notifier {
  notifications: Notifications
}

export function createNotifier({ store, audience, push, sendsEmail = true }: NotifierDeps): Notifier {
  const rulesOf = createRulesOf(audience)
  return {
    notifications: {
      ...createPreferences({ store, audience, rulesOf, sendsEmail }),
      ...createTemplates({ store, audience }),
      ...createDevices({ store, audience, push }),
      ...createDeadLetters({ store, audience }),
    },
  }
}
