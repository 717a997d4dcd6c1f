import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { type MsgHdrs, type NatsConnection, nanos } from '@nats-io/nats-core'
import type { DurableMessage, Revision } from './bus.ts'

/** As many messages as are looked at in one go, and how long one go may take. */
const AT_ONCE = 1_000
const LOOK_WITHIN_MS = 5_000
/** Who has died over it leaves nothing on the server. */
const FORGOTTEN_MS = 30_000

/**
 * Takes out of a stream what should not be there any more. First by ids and headers alone, which is little to read, and then the bodies
 * of those that may be concerned. What is stored while it looks is not looked at. `publish` stores what remains of a message. Returns how many
 * messages were taken out.
 */
export async function reviseNatsStream(
  nc: NatsConnection,
  { stream, filter, since, concerns, revise, signal }: Revision,
  publish: (message: DurableMessage) => Promise<void>,
): Promise<number> {
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: LOOK_WITHIN_MS })
  const { name } = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: since.toISOString(),
    filter_subject: filter,
    headers_only: true,
    mem_storage: true,
    inactive_threshold: nanos(FORGOTTEN_MS),
  })
  let revised = 0
  try {
    for await (const seqs of candidates(jsm, stream, name, concerns)) {
      for (const seq of seqs) {
        signal?.throwIfAborted()
        if (await reviseOne(jsm, stream, seq, revise, publish)) revised++
      }
    }
  } finally {
    await jsm.consumers.delete(stream, name).catch(() => {})
  }
  return revised
}

/** The places in the stream of those that may be concerned, some at a time. */
async function* candidates(jsm: JetStreamManager, stream: string, name: string, concerns: Revision['concerns']) {
  const consumer = await jsm.jetstream().consumers.get(stream, name)
  let left = (await consumer.info(true)).num_pending
  while (left > 0) {
    const seqs: number[] = []
    let came = 0
    const batch = await consumer.fetch({ max_messages: Math.min(AT_ONCE, left), expires: LOOK_WITHIN_MS })
    for await (const msg of batch) {
      came++
      if (concerns(headersOf(msg.headers))) seqs.push(msg.seq)
    }
    yield seqs
    if (came === 0) throw new Error('The stream says no more of what it has')
    left -= came
  }
}

async function reviseOne(
  jsm: JetStreamManager,
  stream: string,
  seq: number,
  revise: Revision['revise'],
  publish: (message: DurableMessage) => Promise<void>,
): Promise<boolean> {
  // null: it has gone by itself meanwhile. What cannot be said is no answer, and is asked again
  const stored = await jsm.streams.getMessage(stream, { seq })
  const remains = stored ? revise(stored.data) : undefined
  if (!stored || remains === undefined) return false
  // what remains comes first: whoever stops in between leaves both, and the next one finds them
  if (remains) {
    const { id, headers } = headersOf(stored.header)
    await publish({ subject: stored.subject, id: `${id}:${seq}`, headers, body: remains })
  }
  await jsm.streams.deleteMessage(stream, seq, true)
  return true
}

function headersOf(given: MsgHdrs | undefined): Pick<DurableMessage, 'id' | 'headers'> {
  const headers: Record<string, string> = {}
  let id = ''
  for (const [key, [value = '']] of given ?? []) {
    if (key === 'Nats-Msg-Id') id = value
    else if (!key.startsWith('Nats-')) headers[key] = value
  }
  return { id, headers }
}
