import { type Bus, followReplicas, rpcClient } from '@parley/bus'
import { audience as audienceContract, oversight as oversightContract, type Webhooks } from '@parley/contracts'
import { createJobs, type Database } from '@parley/database'
import { type Logger, type Reading, type Service, type SetAside, subsystem, whenReachable } from '@parley/runtime'
import { createCleaning } from './cleaning.ts'
import { createNotifier, type Notifier } from './domain/notifier.ts'
import { createStore } from './store/store.ts'
import { createWebhookService, type WebhookSettings } from './webhooks/webhook-service.ts'

export type NotifierSettings = WebhookSettings

export interface NotifierServiceDeps {
  config: NotifierSettings
  database: Database
  bus: Bus
  log: Logger
  setAside?: (what: SetAside) => void
  show?: ((reading: Reading) => void) | undefined
}

export interface NotifierService extends Service {
  notifier: Notifier
  webhooks: Webhooks
}

/** Tells who is away, and hosts what happens. Each step is a job that is stored before what led to it is acknowledged: whoever dies over it loses nothing. */
export function createNotifierService(deps: NotifierServiceDeps): NotifierService {
  const { config, database, bus, log, setAside = () => {}, show } = deps
  const conversations = followReplicas(bus, 'conversation', subsystem(log, 'replicas'))
  const replicas = { replicas: conversations }
  const store = createStore({ database, onScheduled: (ms) => jobs.wakeIn(ms) })
  const notifier = createNotifier({ store, audience: rpcClient(bus, audienceContract, replicas) })
  const oversight = rpcClient(bus, oversightContract, replicas)
  const webhooks = createWebhookService({ config, store, bus, oversight, log, setAside, show })
  const jobs = createJobs({
    queue: store.jobs,
    handlers: { webhook: webhooks.handler },
    log: subsystem(log, 'jobs'),
    setAside,
  })
  const cleaning = createCleaning({ 'webhook deliveries': webhooks.forget }, subsystem(log, 'cleaning'))
  return {
    name: 'notifier',
    notifier,
    webhooks: webhooks.webhooks,
    async start() {
      const applied = await whenReachable(log, () => database.migrate())
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      await webhooks.start()
      jobs.start()
      cleaning.start()
    },
    async close() {
      // Also after a start that failed half way.
      await webhooks.close()
      await jobs.close()
      await cleaning.close()
      await conversations.close()
    },
  }
}
