import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startCluster } from './cluster.ts'

/**
 * Far above what the announced timers come to (presence four times a second, pulses, relay, readiness checks of the proxy:
 * about 15 to 25), and far below one timer of 20 ms.
 */
const MOST_PER_SECOND = 45
const WATCHED_S = 5
const SETTLING_MS = 3_000

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** How often the main thread has gone to sleep by itself, and so been woken: see proc(5). */
function sleepsOf(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

test.runIf(existsSync('/proc/self/status'))('a process at rest is woken by its announced timers only', async () => {
  await using cluster = await startCluster({ env: { LOG_LEVEL: 'warn' } })
  await sleep(SETTLING_MS)
  const before = cluster.processes.map(({ name, pid }) => ({ name, pid: pid!, sleeps: sleepsOf(pid!) }))
  await sleep(WATCHED_S * 1000)
  const perSecond = before.map(({ name, pid, sleeps }) => [name, (sleepsOf(pid) - sleeps) / WATCHED_S] as const)
  for (const [name, wakes] of perSecond) expect(wakes, `${name} wakes so often a second`).toBeLessThan(MOST_PER_SECOND)
})
