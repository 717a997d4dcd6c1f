import type { JobQueue } from './job-queue.ts'
import { createJobRunner, type JobHandlers, type JobRunner, type JobRunnerOptions } from './job-runner.ts'

/** As much of a pino logger as jobs need. */
export interface JobLog {
  info(message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface JobsOptions extends Pick<JobRunnerOptions, 'passing' | 'atOnce' | 'ofTenant'> {
  queue: JobQueue
  handlers: JobHandlers
  log: JobLog
  /** Told of each job that goes aside. */
  setAside: (what: 'job') => void
}

/** A service's jobs: does what is due in every replica, and says in the log what failed. */
export function createJobs({ queue, handlers, log, setAside, ...options }: JobsOptions): JobRunner {
  return createJobRunner({
    ...{ queue, handlers },
    ...options,
    onFailed(err, { tenantId, kind, key, attempt }, parked) {
      if (parked) setAside('job')
      log.error({ err, tenantId, kind, key, attempt }, parked ? 'job put aside after its last try' : 'job failed')
    },
    onUnreachable(err) {
      if (err === undefined) log.info('jobs work again')
      else log.warn({ err }, 'jobs cannot be looked for; trying on')
    },
  })
}
