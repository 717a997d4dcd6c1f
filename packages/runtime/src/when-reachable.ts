import { setTimeout as sleep } from 'node:timers/promises'
import { ParleyError, SetupError } from '@parley/contracts'
import type { Logger } from './logger.ts'

/** What is started together with us has so long to come up, milliseconds. */
const PATIENCE_MS = 30_000
const RETRY_MS = 500

/**
 * Does what needs somebody else to be there when a process starts, again while that is `unavailable`: in a cluster that starts, each
 * waits for the others. What stays away is a SetupError in the end; what no waiting mends is thrown at once.
 */
export async function whenReachable<T>(
  log: Logger,
  work: () => Promise<T>,
  { patienceMs = PATIENCE_MS, retryMs = RETRY_MS }: { patienceMs?: number; retryMs?: number } = {},
): Promise<T> {
  const until = performance.now() + patienceMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (err) {
      if (!(err instanceof ParleyError) || err.code !== 'unavailable') throw err
      if (performance.now() + retryMs > until) throw new SetupError(err.message, { cause: err })
      if (attempt === 1) log.warn({ waitingSeconds: patienceMs / 1_000 }, `${err.message} Waiting for it.`)
      await sleep(retryMs)
    }
  }
}
