import type { Bus } from '@parley/bus'
import type { Database } from '@parley/database'
import type { ConnectedRateLimiter, IdentityConfig, Logger, Meters, Mount, SetAside } from '@parley/runtime'
import { conversationApi } from './api/conversation-api.ts'
import { createConversationService, type StorageAddress } from './service.ts'

export interface ConversationMountOptions extends Meters {
  config: IdentityConfig
  /** Opened for `conversationOwner`. */
  database: Database
  bus: Bus
  /** Refuses who does too much. */
  limiter: ConnectedRateLimiter
  log: Logger
  /** The storage service; without one messages have no attachments. */
  storage?: StorageAddress | undefined
  /** Told of each thing that is put aside. */
  setAside?: (what: SetAside) => void
}

/**
 * The conversation service, whole, for a process of its own or for one that it shares. The service migrates its database
 * when it starts, and is to be started before the app listens. Disposes of nothing that it was given.
 */
export function mountConversation({
  config,
  database,
  bus,
  limiter,
  log,
  storage,
  setAside,
  show,
  ...meters
}: ConversationMountOptions): Mount {
  const service = createConversationService({
    database,
    bus,
    log,
    limiter,
    storage,
    ...(setAside && { setAside }),
    show,
    ...meters,
    demo: config.NODE_ENV === 'development',
    lenient: config.NODE_ENV !== 'production',
  })
  show?.({
    name: 'parley_search_lag_seconds',
    help: 'How long ago the first thing happened that is not to be found by search yet; 0 where all is',
    read: async () => (await service.searchState()).lagSeconds,
  })
  return {
    service,
    routes: conversationApi({ ...service, config, storage }),
    checks: {
      database: () => database.check(),
      disk: { optional: true, check: () => database.checkDisk() },
      // What is asked over HTTP is answered without it, and events wait in the outbox. A start still waits for it.
      bus: {
        optional: true,
        check: () => {
          if (!bus.connected) throw new Error('not connected')
        },
      },
      ...limiter.checks,
    },
  }
}
