import type { Bus } from '@parley/bus'
import type { Database } from '@parley/database'
import type { Logger, Mount, RateLimiter, Reading, SetAside } from '@parley/runtime'
import { notifierApi } from './api/notifier-api.ts'
import { createNotifierService, type NotifierSettings } from './service.ts'

export interface NotifierMountOptions {
  config: NotifierSettings
  /** Opened for `notifierOwner`. */
  database: Database
  bus: Bus
  /** Its checks are the process's. */
  limiter: RateLimiter & Pick<Mount, 'checks'>
  log: Logger
  /** Told of each thing that is put aside. */
  setAside?: (what: SetAside) => void
  /** Shows what can be measured. */
  show?: (reading: Reading) => void
}

/**
 * The notification worker, whole, for a process of its own or for one that it shares. What is unread it asks over the bus. Disposes of
 * nothing that it was given. Throws a ConfigError where secrets of webhooks cannot be kept.
 */
export function mountNotifier({ config, database, bus, limiter, log, setAside, show }: NotifierMountOptions): Mount {
  const service = createNotifierService({ config, database, bus, log, show, ...(setAside && { setAside }) })
  return {
    service,
    routes: notifierApi({ notifications: service.notifier.notifications, webhooks: service.webhooks }),
    checks: {
      notifierDatabase: () => database.check(),
      bus: () => {
        if (!bus.connected) throw new Error('not connected')
      },
      ...limiter.checks,
    },
  }
}
