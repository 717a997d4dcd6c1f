import type { JobQueue } from './job-queue.ts'
import { createJobRunner, type JobHandlers, type JobRunner, type JobRunnerOptions } from './job-runner.ts'

/** As a gauge has it. */
export interface JobReading {
  name: string
  help: string
  labels: Record<string, string>
  read: () => Promise<number>
}

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
  /** Shows as `parley_jobs_parked` how many of each kind went aside, whichever process they ended. */
  show?: ((reading: JobReading) => void) | undefined
}

/** A service's jobs: does what is due in every replica, and says in the log what failed. */
export function createJobs({ queue, handlers, log, setAside, show, ...options }: JobsOptions): JobRunner {
  // those who look at the same moment ask once
  let asked: Promise<Map<string, number>> | undefined
  const parked = () => {
    asked ??= queue.parked().finally(() => {
      asked = undefined
    })
    return asked
  }
  for (const kind of Object.keys(handlers))
    show?.({
      name: 'parley_jobs_parked',
      help: 'Jobs that failed, or ended their processes, too often, and wait for somebody to have them tried again',
      labels: { kind },
      read: async () => (await parked()).get(kind) ?? 0,
    })
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
