import { createJobs, type Database } from '@parley/database'
import { type Logger, type Service, type SetAside, subsystem, whenReachable } from '@parley/runtime'
import { createStore } from './store/store.ts'

export interface NotifierServiceDeps {
  database: Database
  log: Logger
  setAside?: (what: SetAside) => void
}

/** Tells who is away. Each step is a job that is stored before what led to it is acknowledged: whoever dies over it loses nothing. */
export function createNotifierService({ database, log, setAside = () => {} }: NotifierServiceDeps): Service {
  const store = createStore({ database })
  const jobs = createJobs({
    queue: store.jobs,
    handlers: {},
    log: subsystem(log, 'jobs'),
    setAside,
  })
  return {
    name: 'notifier',
    async start() {
      const applied = await whenReachable(log, () => database.migrate())
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      jobs.start()
    },
    async close() {
      await jobs.close()
    },
  }
}
