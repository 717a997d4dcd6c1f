import { createJobRunner, type JobQueue, type JobRunner } from '@parley/database'
import { failpoint, type Logger, type SetAside } from '@parley/runtime'
import type { JobHandlers } from '../domain/ports/jobs.ts'

export interface JobsOptions {
  queue: JobQueue
  handlers: JobHandlers
  log: Logger
  /** Told of each job that goes aside. */
  setAside: (what: SetAside) => void
}

/** Does what is due at a time of its own, in every replica. */
export function createJobs({ queue, handlers, log, setAside }: JobsOptions): JobRunner {
  return createJobRunner({
    queue,
    handlers,
    onFailed(err, { tenantId, kind, key, attempt }, parked) {
      if (parked) setAside('job')
      log.error({ err, tenantId, kind, key, attempt }, parked ? 'job put aside after its last try' : 'job failed')
    },
    onUnreachable(err) {
      if (err === undefined) log.info('jobs work again')
      else log.warn({ err }, 'jobs cannot be looked for; trying on')
    },
    passing: (moment) => failpoint(`jobs.${moment}`),
  })
}
