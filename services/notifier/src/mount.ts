import type { Bus } from '@parley/bus'
import type { Database } from '@parley/database'
import type { Logger, Meters, Mount, RateLimiter, SetAside } from '@parley/runtime'
import { notifierApi } from './api/notifier-api.ts'
import { createNotifierService, type NotifierSettings } from './service.ts'

export interface NotifierMountOptions extends Meters {
  config: NotifierSettings
  /** Opened for `notifierOwner`. */
  database: Database
  bus: Bus
  /** Its checks are the process's. */
  limiter: RateLimiter & Pick<Mount, 'checks'>
  log: Logger
  /** Told of each thing that is put aside. */
  setAside?: (what: SetAside) => void
}

/**
 * The notification worker, whole, for a process of its own or for one that it shares. What is unread it asks over the bus. Disposes of
 * nothing that it was given. Throws a ConfigError where secrets of webhooks cannot be kept, or the credentials of a channel are none.
 */
export function mountNotifier({ limiter, ...deps }: NotifierMountOptions): Mount {
  const { database, bus } = deps
  const service = createNotifierService(deps)
  return {
    service,
    routes: notifierApi({
      notifications: service.notifier.notifications,
      webhooks: service.webhooks,
      mail: service.mail,
      sink: service.sink,
    }),
    checks: {
      notifierDatabase: () => database.check(),
      bus: () => {
        if (!bus.connected) throw new Error('not connected')
      },
      ...limiter.checks,
    },
  }
}
