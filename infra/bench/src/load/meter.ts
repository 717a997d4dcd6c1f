import type { Pass } from './jobs.ts'

/** Time and this process's CPU between the two checkpoints. */
export async function startMeter(pass: Pass) {
  await pass('begin')
  const started = performance.now()
  const cpu = process.cpuUsage()
  return {
    async end(): Promise<{ seconds: number; cpuMs: number }> {
      const seconds = (performance.now() - started) / 1_000
      const { user, system } = process.cpuUsage(cpu)
      await pass('end')
      return { seconds, cpuMs: (user + system) / 1_000 }
    },
  }
}

export function latencyOf(times: readonly number[]): { p50: number; p95: number; p99: number } | null {
  if (times.length === 0) return null
  const sorted = Float64Array.from(times).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** Runs the tasks, at most so many at a time. */
export async function inParallel<T, R>(items: readonly T[], limit: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await run(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}

/** Keeps the first few: a server that refuses everything need not fill the memory with its reasons. */
export function createReasons() {
  const list: string[] = []
  return {
    list,
    add(reason: string) {
      if (list.length < 5 && !list.includes(reason)) list.push(reason)
    },
  }
}
