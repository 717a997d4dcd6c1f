import { type Bus, followReplicas, rpcClient } from '@parley/bus'
import { audience as audienceContract } from '@parley/contracts'
import { createJobs, type Database } from '@parley/database'
import { type Logger, type Service, type SetAside, subsystem, whenReachable } from '@parley/runtime'
import { createNotifier, type Notifier } from './domain/notifier.ts'
import { createStore } from './store/store.ts'

export interface NotifierServiceDeps {
  database: Database
  bus: Bus
  log: Logger
  setAside?: (what: SetAside) => void
}

export interface NotifierService extends Service {
  notifier: Notifier
}

/** Tells who is away. Each step is a job that is stored before what led to it is acknowledged: whoever dies over it loses nothing. */
export function createNotifierService(deps: NotifierServiceDeps): NotifierService {
  const { database, bus, log, setAside = () => {} } = deps
  const conversations = followReplicas(bus, 'conversation', subsystem(log, 'replicas'))
  const store = createStore({ database })
  const notifier = createNotifier({ store, audience: rpcClient(bus, audienceContract, { replicas: conversations }) })
  const jobs = createJobs({
    queue: store.jobs,
    handlers: {},
    log: subsystem(log, 'jobs'),
    setAside,
  })
  return {
    name: 'notifier',
    notifier,
    async start() {
      const applied = await whenReachable(log, () => database.migrate())
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      jobs.start()
    },
    async close() {
      await jobs.close()
      await conversations.close()
    },
  }
}
