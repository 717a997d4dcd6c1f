import type { Bus } from '@parley/bus'
import type { Database } from '@parley/database'
import type { Logger, Mount, RateLimiter, SetAside } from '@parley/runtime'
import { notifierApi } from './api/notifier-api.ts'
import { createNotifierService } from './service.ts'

export interface NotifierMountOptions {
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
 * nothing that it was given.
 */
export function mountNotifier({ database, bus, limiter, log, setAside }: NotifierMountOptions): Mount {
  const service = createNotifierService({ database, bus, log, ...(setAside && { setAside }) })
  return {
    service,
    routes: notifierApi({ notifications: service.notifier.notifications }),
    checks: {
      notifierDatabase: () => database.check(),
      bus: () => {
        if (!bus.connected) throw new Error('not connected')
      },
      ...limiter.checks,
    },
  }
}
