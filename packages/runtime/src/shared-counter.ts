import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Logger } from './logger.ts'

/** How often a Redis that did not answer is asked again. */
const PROBE_EVERY_MS = 500

/** A key's window after something was added to it. */
export interface Count {
  /** All that was added since the window began, by whichever process. */
  total: number
  endsInMs: number
}

/** Counts per key and window, over every process on one Redis. */
export interface SharedCounter {
  /** False from the first command without an answer until one is answered again. */
  readonly isReachable: boolean
  /**
   * The count of a key's window after `points` were added; a window begins with the first that is added and lasts
   * `durationMs`, in whole seconds, rounded up. Undefined when Redis does not answer in time.
   */
  add(key: string, points: number, durationMs: number): Promise<Count | undefined>
}

export interface SharedCounterOptions {
  redis: Redis
  prefix: string
  log: Logger
  /** How long Redis may take to answer, milliseconds. */
  patienceMs: number
}

export function createSharedCounter({ redis, prefix, log, patienceMs }: SharedCounterOptions): SharedCounter {
  // Only its counter is used: what a total means is decided by who asked, so that points of a rule can change. Loaded here,
  // because it comes with a client for every other database, which a process without Redis need not wait for.
  const counting = import('rate-limiter-flexible').then(
    ({ RateLimiterRedis }) => new RateLimiterRedis({ storeClient: redis, keyPrefix: prefix, points: 1, duration: 1 }),
  )
  let isReachable = true

  async function ask(key: string, points: number, durationMs: number): Promise<Count> {
    const customDuration = Math.max(1, Math.ceil(durationMs / 1000))
    const answer = counting.then((counter) => counter.penalty(key, Math.ceil(points), { customDuration }))
    const { consumedPoints, msBeforeNext } = await inTime(answer, patienceMs)
    return { total: consumedPoints, endsInMs: msBeforeNext }
  }

  function lost(err: unknown): void {
    if (!isReachable) return
    isReachable = false
    log.warn({ err }, 'Redis is out of reach: each process counts its own rate limits')
    void regain()
  }

  /** Asks what everybody asks: a Redis that answers a PING may still refuse scripts, or be read-only. */
  async function regain(): Promise<void> {
    for (;;) {
      await sleep(PROBE_EVERY_MS, undefined, { ref: false })
      if (redis.status === 'end') return
      const answered = await ask('probe', 1, 1_000).catch(() => undefined)
      if (answered) break
    }
    isReachable = true
    log.info('Redis is back: rate limits are shared again')
  }

  return {
    get isReachable() {
      return isReachable
    },
    async add(key, points, durationMs) {
      try {
        return await ask(key, points, durationMs)
      } catch (err) {
        lost(err)
        return undefined
      }
    },
  }
}

/**
 * Rejects when there is no answer in time. A process that was busy for that long finds its timers due before it has read
 * its sockets, where the answer may lie: it gets to read them first.
 */
function inTime<T>(answer: Promise<T>, patienceMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`no answer within ${patienceMs} ms`))
    const late = setTimeout(() => setImmediate(giveUp), patienceMs)
    answer.then(resolve, reject).finally(() => clearTimeout(late))
  })
}
