import { setTimeout as sleep } from 'node:timers/promises'
import { connectRaw, type Packet, type RawClient } from '../client.ts'
import { type Arrivals, createArrivals } from './arrivals.ts'
import type { LoadResult, Pass, ReturnJob, Seat } from './jobs.ts'
import { createReasons, inParallel } from './meter.ts'
import { createSeqFinder, isNewMessage } from './packets.ts'

const COMPLETE_WITHIN_MS = 30_000

interface Person {
  seat: Seat
  conversationId: string
  cursor: string | null
}

interface Missed {
  conversations: { conversation: { cursor: string }; messages: { seq: number }[] }[]
}
type SyncReply = { ok: true; data: Missed } | { ok: false }

/**
 * Everybody is connected and up to date, drops, misses some messages, and comes back at the same moment; done when the
 * last one has what they missed.
 */
export async function runReturn({ conversations, catchUp, missed }: ReturnJob, pass: Pass): Promise<LoadResult> {
  const reasons = createReasons()
  const seqOf = createSeqFinder()
  let failed = 0
  const people = conversations.flatMap(({ id, members }) =>
    members.map((seat): Person => ({ seat, conversationId: id, cursor: null })),
  )

  /** Connects and asks what is new: in the handshake where the server takes it there, or by an event. Resolves with the answer. */
  const comeBack = (person: Person, arrivals: Arrivals): Promise<{ client: RawClient; missed: Missed }> =>
    new Promise((resolve, reject) => {
      const { seat, conversationId, cursor } = person
      const sync = { cursors: [{ conversationId, cursor }] }
      let client: RawClient | undefined
      let missed: Missed | undefined
      const onPacket = (packet: Packet) => {
        if (packet.ack >= 0) {
          const [reply] = argumentsOf(packet) as [SyncReply]
          if (reply.ok) resolve({ client: client!, missed: reply.data })
          else reject(new Error(JSON.stringify(reply)))
        } else if (isNewMessage(packet)) arrivals.arrived(seqOf(packet))
      }
      connectRaw({
        ...seat,
        auth: { ...seat.auth, ...(catchUp === 'cursor' && { sync }) },
        onPacket,
        onReady(packet) {
          const [, ready] = argumentsOf(packet) as [string, { sync?: Missed }]
          missed = ready.sync
        },
        onLost: (reason) => reject(new Error(reason)),
      }).then((connected) => {
        client = connected
        if (missed) resolve({ client, missed })
        else client.emit('sync', JSON.stringify(catchUp === 'cursor' ? sync : { conversationId, after: 0 }))
      }, reject)
    })

  const before = await inParallel(people, 50, async (person) => {
    const { client, missed } = await comeBack(person, createArrivals())
    person.cursor = missed.conversations[0]?.conversation.cursor ?? null
    return client
  })
  for (const client of before) client.destroy()
  // Only now does the parent write what they miss; it goes on once that is done.
  await pass('begin')
  // The server has noticed that they went.
  await sleep(500)

  const started = performance.now()
  const cpu = process.cpuUsage()
  const meetings = people.map(async (person) => {
    const arrivals = createArrivals()
    const { client, missed: known } = await comeBack(person, arrivals)
    for (const { seq } of known.conversations.flatMap(({ messages }) => messages)) arrivals.arrived(seq)
    const deadline = performance.now() + COMPLETE_WITHIN_MS
    while (arrivals.lostUpTo(missed) > 0 && performance.now() < deadline) await sleep(5)
    return { client, arrivals, at: performance.now() }
  })
  const outcomes = await Promise.allSettled(meetings)
  const { user, system } = process.cpuUsage(cpu)
  await pass('end')

  const faults = { lost: 0, toSync: 0, duplicated: 0, outOfOrder: 0, failed }
  let last = started
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      failed++
      reasons.add(String(outcome.reason))
      continue
    }
    const { client, arrivals, at } = outcome.value
    client.destroy()
    faults.lost += arrivals.lostUpTo(missed)
    faults.duplicated += arrivals.duplicated
    faults.outOfOrder += arrivals.outOfOrder
    last = Math.max(last, at)
  }
  faults.failed = failed
  return {
    count: people.length - failed,
    seconds: (last - started) / 1_000,
    deliveries: 0,
    latency: null,
    faults,
    acknowledged: 0,
    cpuMs: (user + system) / 1_000,
    reasons: reasons.list,
  }
}

const argumentsOf = ({ bytes, start, end }: Packet): unknown => JSON.parse(bytes.toString('utf8', start, end))
