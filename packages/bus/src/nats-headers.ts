import { AckPolicy, DeliverPolicy, type JetStreamManager, type JsMsg } from '@nats-io/jetstream'
import { nanos } from '@nats-io/nats-core'

/** As many messages as are looked at in one go, and how long one go may take. */
const AT_ONCE = 1_000
export const LOOK_WITHIN_MS = 5_000
/** Who has died over it leaves nothing on the server. */
const FORGOTTEN_MS = 30_000

/** A consumer of its own for the headers of what a stream has stored since a time. Returns its name: whoever asked deletes it. */
export async function lookAtHeaders(
  jsm: JetStreamManager,
  { stream, filter, since }: { stream: string; filter: string; since: Date },
): Promise<string> {
  const { name } = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: since.toISOString(),
    filter_subject: filter,
    headers_only: true,
    mem_storage: true,
    inactive_threshold: nanos(FORGOTTEN_MS),
  })
  return name
}

/** What the consumer has, some at a time; what is stored meanwhile is not looked at. */
export async function* headersOfStream(jsm: JetStreamManager, stream: string, name: string): AsyncGenerator<JsMsg[]> {
  const consumer = await jsm.jetstream().consumers.get(stream, name)
  let left = (await consumer.info(true)).num_pending
  while (left > 0) {
    const came: JsMsg[] = []
    const batch = await consumer.fetch({ max_messages: Math.min(AT_ONCE, left), expires: LOOK_WITHIN_MS })
    for await (const msg of batch) came.push(msg)
    yield came
    if (came.length === 0) throw new Error('The stream says no more of what it has')
    left -= came.length
  }
}
