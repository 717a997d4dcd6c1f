import { connectRaw, type RawClient } from '../client.ts'
import type { IdleJob, LoadResult, Pass } from './jobs.ts'
import { createReasons, inParallel, startMeter } from './meter.ts'

/** Sockets that connect as fast as the server lets them in, and then only are there. */
export async function runIdle({ seats, concurrency }: IdleJob, pass: Pass): Promise<LoadResult> {
  const reasons = createReasons()
  let failed = 0
  const fail = (reason: string) => {
    failed++
    reasons.add(reason)
  }
  const meter = await startMeter(pass)
  const clients: RawClient[] = []
  await inParallel(seats, concurrency, ({ url, auth }) =>
    connectRaw({ url, auth, onLost: fail }).then(
      (client) => void clients.push(client),
      (error) => fail(String(error)),
    ),
  )
  const { seconds, cpuMs } = await meter.end()
  for (const client of clients) client.destroy()
  return {
    count: clients.length,
    seconds,
    deliveries: 0,
    latency: null,
    faults: { lost: 0, toSync: 0, duplicated: 0, outOfOrder: 0, failed },
    acknowledged: 0,
    cpuMs,
    reasons: reasons.list,
  }
}
