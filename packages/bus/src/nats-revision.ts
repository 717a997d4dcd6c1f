import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core'
import type { DurableMessage, Revision } from './bus.ts'
import { headersOfStream, LOOK_WITHIN_MS, lookAtHeaders } from './nats-headers.ts'

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
  const name = await lookAtHeaders(jsm, { stream, filter, since })
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
  for await (const batch of headersOfStream(jsm, stream, name))
    yield batch.flatMap((msg) => (concerns(headersOf(msg.headers)) ? msg.seq : []))
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
