import { ParleyError } from '@parley/contracts'
import { untraced } from '@parley/tracing'
import { type ClaimedJob, JOB_LEASE_MS, type Job, type JobQueue, MOST_ATTEMPTS, type Shares } from './job-queue.ts'

/** Jobs that another process scheduled and did not live to do are found within so long. */
const LOOK_EVERY_MS = 5_000
/** Those that are due and being claimed by another process are looked for again after so long. */
const CONTENDED_MS = 100
/** How many of a kind a process works on at once, unless it says otherwise: a backlog of one kind keeps no other waiting. */
const AT_ONCE = 4

const FIRST_DELAY_MS = 2_000
const LONGEST_DELAY_MS = 3_600_000
/** What could not be done because something was out of reach is tried again after so long, for ever. */
const OUT_OF_REACH_DELAY_MS = 5_000

/** Given up because the process ends, or because another one has it by now. */
class Abandoned extends Error {}

export interface JobContext {
  /** Aborted when the job is to be left: what is done until then counts, and the job comes again. */
  signal: AbortSignal
}

/**
 * Does a job. It may be done more than once, and by two processes at the same moment when one of them was believed dead: what it
 * finds done it leaves. It may answer that there is more to do, and after how many milliseconds.
 */
export type JobHandler<Payload extends object = object> = (
  job: Job<Payload>,
  context: JobContext,
) => Promise<{ againMs: number } | undefined>

export type JobHandlers = Readonly<Record<string, JobHandler<never>>>

export interface JobRunnerOptions {
  queue: JobQueue
  handlers: JobHandlers
  /** How many of a kind are worked on at once; others 4. */
  atOnce?: Readonly<Record<string, number>>
  /** How many of a kind are worked on at once for one tenant, where what hangs for one is to keep no other waiting; others all. */
  ofTenant?: Readonly<Record<string, number>>
  /** Told of a job that failed; `parked`: it went aside. */
  onFailed: (err: unknown, job: Job, parked: boolean) => void
  /** Told when the jobs themselves are out of reach, and with undefined when they are there again. */
  onUnreachable: (err: unknown) => void
  /** For tests: told of the moments between two steps. */
  passing?: (moment: 'claimed' | 'handled') => void
}

export interface JobRunner {
  start(): void
  /** A job is due in so many milliseconds. */
  wakeIn(ms: number): void
  /** Waits for the jobs at work, which are told to come to an end. */
  close(): Promise<void>
}

/** How long a job that has failed so often waits. Longer each time, and no two alike, so that what failed together does not return together. */
function retryDelayMs(attempt: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS) * (0.75 + Math.random() / 2)
}

/**
 * Does what is due, of all kinds that this process has a handler for, and sleeps until something is: by the database's clock, which
 * says how long. Every replica runs one.
 */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { queue, handlers, atOnce = {}, ofTenant = {}, onUnreachable } = options
  const kinds = Object.keys(handlers)
  const leases = holdLeases(queue)
  /** The jobs at work, by their kind; when one is done it is looked for others. */
  const atWork = new Map(kinds.map((kind) => [kind, new Set<Promise<void>>()]))
  const shares = createShares(ofTenant)
  const room = (kind: string) => (atOnce[kind] ?? AT_ONCE) - atWork.get(kind)!.size
  let timer: NodeJS.Timeout | undefined
  let timerAt = Infinity
  let looking: Promise<void> | undefined
  let lookAgain = false
  let isReachable = true
  let isRunning = false

  const sleepUntil = (at: number) => {
    if (!isRunning || at >= timerAt) return
    clearTimeout(timer)
    timerAt = at
    timer = setTimeout(
      () => {
        timerAt = Infinity
        wake()
      },
      Math.max(0, Math.ceil(at - performance.now())),
    )
  }
  const wake = () => {
    if (looking) {
      lookAgain = true
      return
    }
    clearTimeout(timer)
    timerAt = Infinity
    if (!isRunning) return
    looking = look().then((ms) => {
      looking = undefined
      sleepUntil(performance.now() + (lookAgain ? 0 : ms))
      lookAgain = false
    })
  }
  /** Sets to work what is due. Returns in how many milliseconds there is something to look for again. */
  const look = async (): Promise<number> => {
    try {
      const free = kinds.filter((kind) => room(kind) > 0)
      if (free.length === 0) return LOOK_EVERY_MS
      const next = await queue.next(free, shares.full())
      const due = isRunning ? free.filter((kind) => (next.get(kind) ?? Infinity) <= 0) : []
      const begin = (claimed: readonly ClaimedJob[]) => {
        if (claimed.length > 0) options.passing?.('claimed')
        for (const job of claimed) work(job)
      }
      const [shared, others] = [due.filter(shares.has), due.filter((kind) => !shares.has(kind))]
      for (const kind of shared) begin(await queue.claimShares(kind, room(kind), shares.of(kind)))
      for (const limit of new Set(others.map(room))) {
        const kindsOf = others.filter((kind) => room(kind) === limit)
        begin(await queue.claim(kindsOf, limit))
      }
      if (!isReachable) onUnreachable(undefined)
      isReachable = true
      // where some were due, others may be at work on more of them, or more is due soon
      const waits = free.flatMap((kind) =>
        room(kind) === 0 ? [] : Math.max(due.includes(kind) ? CONTENDED_MS : 0, next.get(kind) ?? Infinity),
      )
      return Math.min(LOOK_EVERY_MS, ...waits)
    } catch (err) {
      if (isReachable) onUnreachable(err)
      isReachable = false
      return LOOK_EVERY_MS
    }
  }
  const work = (job: ClaimedJob) => {
    const ofKind = atWork.get(job.kind)!
    shares.begin(job)
    const done = runJob(options, leases, job).then(() => {
      ofKind.delete(done)
      shares.end(job)
      wake()
    })
    ofKind.add(done)
  }

  return {
    start() {
      if (kinds.length === 0) return
      isRunning = true
      wake()
    },
    // whatever is due later is found by the look before it
    wakeIn: (ms) => untraced(() => sleepUntil(performance.now() + Math.min(ms, LOOK_EVERY_MS))),
    async close() {
      isRunning = false
      clearTimeout(timer)
      leases.abandon()
      await looking
      leases.abandon()
      await Promise.all([...atWork.values()].flatMap((ofKind) => [...ofKind]))
    },
  }
}

/** How many jobs are at work for each tenant, of the kinds where that is bounded. */
function createShares(ofTenant: Readonly<Record<string, number>>) {
  const atWork = new Map(Object.keys(ofTenant).map((kind) => [kind, new Map<string, number>()]))
  const add = ({ kind, tenantId }: Job, change: number) => {
    const tenants = atWork.get(kind)
    if (!tenants) return
    const count = (tenants.get(tenantId) ?? 0) + change
    if (count > 0) tenants.set(tenantId, count)
    else tenants.delete(tenantId)
  }
  return {
    has: (kind: string) => atWork.has(kind),
    of: (kind: string): Shares => ({ ofTenant: ofTenant[kind]!, atWork: atWork.get(kind)! }),
    begin: (job: Job) => add(job, 1),
    end: (job: Job) => add(job, -1),
    /** The tenants that have their share, by kind. */
    full() {
      const full = new Map<string, string[]>()
      for (const [kind, tenants] of atWork) {
        const those = [...tenants].flatMap(([tenantId, count]) => (count >= ofTenant[kind]! ? tenantId : []))
        if (those.length > 0) full.set(kind, those)
      }
      return full
    },
  }
}

/** Does everything that is due now and becomes due by that, one job after the other. Returns how many there were. */
export async function runDueJobs(options: Omit<JobRunnerOptions, 'onUnreachable' | 'passing'>): Promise<number> {
  const { queue, handlers } = options
  const leases = holdLeases(queue)
  let done = 0
  for (;;) {
    const claimed = await queue.claim(Object.keys(handlers), 1)
    if (claimed.length === 0) return done
    for (const job of claimed) await runJob(options, leases, job)
    done += claimed.length
  }
}

/** Never rejects: what comes to nothing is given back, and where that fails too the lease runs out. */
async function runJob(
  { queue, handlers, onFailed, passing }: Omit<JobRunnerOptions, 'onUnreachable'>,
  leases: Leases,
  job: ClaimedJob,
): Promise<void> {
  const { attempt } = job
  if (job.claim === null) return onFailed(new Error('It ended each process that worked on it'), job, true)
  const lease = leases.hold(job)
  try {
    // what it needs to know was written down by whoever scheduled it
    const handler = handlers[job.kind] as JobHandler
    const more = await handler(job, { signal: lease.signal })
    passing?.('handled')
    if (more) await queue.giveBack(job, more.againMs, 0, null)
    else await queue.finish(job)
  } catch (err) {
    const isOutOfReach = err instanceof ParleyError && err.code === 'unavailable'
    const counts = !isOutOfReach && !lease.signal.aborted
    const parked = counts && attempt >= MOST_ATTEMPTS
    if (counts) onFailed(err, job, parked)
    const delay = lease.signal.aborted ? 0 : isOutOfReach ? OUT_OF_REACH_DELAY_MS : retryDelayMs(attempt)
    const error = err instanceof Error ? `${err.name}: ${err.message}` : String(err)
    await queue
      .giveBack(job, parked ? null : delay, counts ? attempt : attempt - 1, error.slice(0, 500))
      .catch(() => {})
  } finally {
    lease.release()
  }
}

interface Leases {
  hold(job: ClaimedJob): { signal: AbortSignal; release(): void }
  /** Tells all that is at work to come to an end. */
  abandon(): void
}

/** Holds the jobs at work for longer than a lease, and leaves those that were lost. Without any, there is no timer. */
function holdLeases(queue: JobQueue): Leases {
  const held = new Map<ClaimedJob, AbortController>()
  let timer: NodeJS.Timeout | undefined
  const extend = async () => {
    const jobs = [...held.keys()]
    // what cannot be extended now may be at the next time, or is another's by then
    const kept = await queue.extend(jobs).catch(() => undefined)
    if (kept) for (const job of jobs) if (!kept.has(job.id)) held.get(job)?.abort(new Abandoned('Another has this job'))
  }
  return {
    hold(job) {
      const controller = new AbortController()
      held.set(job, controller)
      timer ??= setInterval(extend, JOB_LEASE_MS / 3)
      return {
        signal: controller.signal,
        release() {
          held.delete(job)
          if (held.size > 0) return
          clearInterval(timer)
          timer = undefined
        },
      }
    },
    abandon() {
      for (const controller of held.values()) controller.abort(new Abandoned('The process ends'))
    },
  }
}
