import { setTimeout as sleep } from 'node:timers/promises'
import type { MessagesJob } from '../load/jobs.ts'
import { type Measurement, measure } from '../measure.ts'
import type { Storage, System, Talk } from '../systems/system.ts'
import type { Outcome, Tools } from './workload.ts'

type Talking = Pick<MessagesJob, 'pace' | 'marksRead' | 'warmUpMs' | 'measureMs'> & {
  conversations: number
  size: number
  senders: number
}

/** The event stream has what was acknowledged at the latest after this; the relay takes over after 5 s. */
const EVENTS_WITHIN_MS = 15_000

/** People write in new conversations; afterwards the database and the event stream are asked whether they have it all. */
export async function talk(system: System, talking: Talking, { hooks, log }: Tools): Promise<Measurement> {
  const talks = await system.createConversations(talking.conversations, talking.size)
  const eventsBefore = (await system.storage?.events?.())?.taken ?? 0
  const measured = await measure(
    system,
    {
      kind: 'messages',
      conversations: talks.map(({ id, members }) => ({ id, members, senders: talking.senders })),
      pace: talking.pace,
      marksRead: talking.marksRead,
      warmUpMs: talking.warmUpMs,
      measureMs: talking.measureMs,
    },
    hooks,
  )
  if (system.storage) await checkStorage(system.storage, talks, measured, eventsBefore, log)
  return measured
}

async function checkStorage(
  storage: Storage,
  talks: readonly Talk[],
  { result: { acknowledged, faults, reasons } }: Measurement,
  eventsBefore: number,
  log: (line: string) => void,
): Promise<void> {
  const { rows, distinct } = await storage.stored(talks)
  if (rows < acknowledged) {
    faults.lost += acknowledged - rows
    reasons.push(`${acknowledged - rows} acknowledged messages are not in the database`)
  }
  if (distinct < rows) {
    faults.duplicated += rows - distinct
    reasons.push(`${rows - distinct} rows have the number of another`)
  }
  if (!storage.events) return
  let missing = 0
  for (const deadline = performance.now() + EVENTS_WITHIN_MS; performance.now() < deadline; await sleep(250)) {
    const { taken, waiting } = await storage.events()
    missing = Math.max(acknowledged - (taken - eventsBefore), waiting)
    if (missing <= 0) return
  }
  faults.lost += missing
  reasons.push(`${missing} events are not in the stream`)
  log(`${missing} events are not in the stream`)
}

/** CPU-ms per thousand units: of each name, of the servers together, and of the load. */
export function perThousand({ cpuMs, result }: Measurement, units: number) {
  const share = (ms: number) => (ms / units) * 1_000
  const cpu: Record<string, number> = {}
  for (const [name, ms] of Object.entries(cpuMs)) cpu[name] = share(ms)
  const total = share(Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0))
  return { total, cpu: { ...cpu, load: share(result.cpuMs) } }
}

/** The figures of messages one to one. */
export function messageOutcome(measured: Measurement): Outcome {
  const { result } = measured
  const { total, cpu } = perThousand(measured, result.count)
  return {
    figures: {
      'msg/s': result.count / result.seconds,
      'CPU-ms/1k': total,
      'ack p50 ms': result.latency?.p50 ?? Number.NaN,
      'ack p99 ms': result.latency?.p99 ?? Number.NaN,
    },
    faults: result.faults,
    cpu,
    otherLoad: measured.otherLoad,
    reasons: result.reasons,
  }
}
