import { setTimeout as delay } from 'node:timers/promises'
import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstreamManager,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/nats-core'
import type { ConsumerOptions, Delivery, Unsubscribe } from './bus.ts'
import type { BusLog } from './bus-log.ts'
import { Running } from './running.ts'

/** A consumer that died keeps its messages so long before another gets them. */
const ACK_WAIT_MS = 30_000
/** Delivered and not yet acknowledged, over all processes of a consumer; the server stops delivering there. */
const MAX_ACK_PENDING = 512
const MAX_PULLED = 128
const PULL_MS = 10_000
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [250, 30_000]
const REOPEN_AT_MOST_MS = 2_000

const retryDelay = (attempt: number) => Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LAST_RETRY_MS)

/** A question to JetStream that went down with the connection is asked again after this. */
const ASK_WITHIN_MS = 2_000

interface Options {
  nc: NatsConnection
  connected: () => boolean
  stream: string
  name: string
  filter: string
  since?: Date | undefined
  log: BusLog
}

/**
 * A durable pull consumer that outlives its server: when the consumer or its whole stream is gone, it is made anew as
 * soon as the stream is there. Rejects only if that fails the first time. `reopen` skips the wait.
 */
export async function consumeNats(
  { nc, connected, stream, name, filter, since, log }: Options,
  handle: (delivery: Delivery) => Promise<void>,
): Promise<{ stop: Unsubscribe; reopen: () => void }> {
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: ASK_WITHIN_MS })
  const running = new Running((err) => log.error({ err, stream, consumer: name }, 'a delivery was not settled'))
  const stopping = new AbortController()

  const deliver = async (msg: JsMsg) => {
    const delivery = toDelivery(msg)
    try {
      await handle(delivery)
      msg.ack()
    } catch (err) {
      const { id, attempt } = delivery
      log.warn({ err, stream, consumer: name, id, attempt }, 'a delivery failed and is tried again')
      msg.nak(retryDelay(attempt))
    }
  }

  const open = async (): Promise<ConsumerMessages> => {
    await writeConsumer(jsm, { stream, name, filter, since })
    const consumer = await jsm.jetstream().consumers.get(stream, name)
    return consumer.consume({
      max_messages: MAX_PULLED,
      expires: PULL_MS,
      abort_on_missing_resource: true,
      callback: (msg) => running.run(() => deliver(msg)),
    })
  }

  const pause = (ms: number) => delay(ms, undefined, { signal: stopping.signal }).catch(() => {})
  const openAgain = async (): Promise<ConsumerMessages | undefined> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      try {
        while (!connected() && !stopping.signal.aborted) await pause(FIRST_RETRY_MS)
        return await open()
      } catch (err) {
        if (attempt === 1) log.warn({ err, stream, consumer: name }, 'a durable consumer waits for its stream')
        await pause(Math.min(retryDelay(attempt), REOPEN_AT_MOST_MS))
      }
    }
    return undefined
  }

  let messages: ConsumerMessages | undefined = await open()
  const watching = (async () => {
    while (messages) {
      const err = await messages.closed()
      if (stopping.signal.aborted) return
      log.warn({ err, stream, consumer: name }, 'a durable consumer is opened again')
      messages = await openAgain()
      // Stopped while it was being opened: nobody else would close it.
      if (stopping.signal.aborted) await messages?.close()
    }
  })()

  return {
    reopen: () => void messages?.close(),
    async stop() {
      stopping.abort()
      await messages?.close()
      await watching
      await running.idle()
    },
  }
}

/** Makes the consumer, or brings it to what it is to be. `since` counts where it is new. */
export async function writeConsumer(
  jsm: JetStreamManager,
  { stream, name, filter, since }: ConsumerOptions,
): Promise<void> {
  const options = { ack_wait: nanos(ACK_WAIT_MS), max_ack_pending: MAX_ACK_PENDING, filter_subject: filter }
  const existing = await jsm.consumers.info(stream, name).catch(() => undefined)
  if (existing) {
    const { ack_wait, max_ack_pending, filter_subject } = existing.config
    if (ack_wait === options.ack_wait && max_ack_pending === MAX_ACK_PENDING && filter_subject === filter) return
    await jsm.consumers.update(stream, name, options)
    return
  }
  await jsm.consumers.add(stream, {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    ...(since
      ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since.toISOString() }
      : { deliver_policy: DeliverPolicy.All }),
    max_deliver: -1,
    ...options,
  })
}

function toDelivery(msg: JsMsg): Delivery {
  const headers: Record<string, string> = {}
  let id = ''
  for (const [key, [value = '']] of msg.headers ?? []) {
    if (key === 'Nats-Msg-Id') id = value
    else headers[key] = value
  }
  return { subject: msg.subject, id, headers, body: msg.data, attempt: msg.info.deliveryCount, sequence: msg.seq }
}
