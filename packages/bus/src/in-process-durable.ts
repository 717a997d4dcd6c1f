import type { ConsumerOptions, Delivery, DurableMessage, StreamOptions, Unsubscribe } from './bus.ts'
import { encodeHeaders, refuseOversized, refuseSubject } from './payload.ts'
import { within } from './running.ts'
import { subjectMatches } from './subject-table.ts'
import { unavailable } from './unavailable.ts'

/** So many ids are remembered for each consumer, in place of JetStream's window of two minutes. */
const REMEMBERED_IDS = 16_384
const STORED_WITHIN_MS = 5_000

type Handle = (delivery: Delivery) => Promise<void>

/** The processes that share one durable consumer's work, and what has become of each message. */
interface Consumer {
  stream: string
  filter: string
  handles: Handle[]
  turn: number
  /** Fulfilled or still at work, by id. A failed one is taken out, so that it is tried again. */
  deliveries: Map<string, Promise<void>>
  failures: Map<string, number>
  atWork: number
}

/**
 * Durable delivery without a store: a message counts as stored when every consumer has handled it. What is not is the
 * caller's to send again, as after a crash of the process.
 */
export class InProcessDurable {
  readonly #streams = new Map<string, StreamOptions>()
  readonly #consumers = new Map<string, Consumer>()
  readonly #maxPayload: number
  #closed = false

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload
  }

  ensureStream(stream: StreamOptions): void {
    this.#streams.set(stream.name, stream)
  }

  async publish(messages: readonly DurableMessage[]): Promise<void> {
    if (this.#closed) throw unavailable('The bus is closed')
    for (const message of messages) {
      refuseSubject(message.subject)
      refuseOversized(encodeHeaders(message).length + message.body.length, this.#maxPayload)
      if (!this.#streamOf(message.subject)) throw unavailable(`No stream stores ${message.subject}`)
    }
    const deliveries = messages.flatMap((message) => this.#deliver(message))
    if (deliveries.length === 0) return
    let failed = 0
    let left = deliveries.length
    const all = deliveries.map((delivery) =>
      delivery.then(
        () => left--,
        () => failed++,
      ),
    )
    await within(STORED_WITHIN_MS, Promise.all(all))
    if (failed > 0) throw unavailable(`${failed} of ${deliveries.length} deliveries failed`)
    if (left > 0) throw unavailable(`${left} of ${deliveries.length} deliveries are not done within 5 s`)
  }

  /** Nothing is kept, so that a consumer hears what is stored from now on, since whenever it would. */
  consume({ stream, name, filter }: ConsumerOptions, handle: Handle): Unsubscribe {
    if (!this.#streams.has(stream)) throw unavailable(`No stream ${stream}: ensure it first`)
    const key = `${stream}\n${name}`
    const known = this.#consumers.get(key)
    const consumer: Consumer = known ?? {
      stream,
      filter,
      handles: [],
      turn: 0,
      deliveries: new Map(),
      failures: new Map(),
      atWork: 0,
    }
    this.#consumers.set(key, consumer)
    consumer.filter = filter
    consumer.handles.push(handle)
    let stopped = false
    return async () => {
      if (stopped) return
      stopped = true
      consumer.handles.splice(consumer.handles.indexOf(handle), 1)
      await this.#idle(consumer)
    }
  }

  pending({ stream, name }: { stream: string; name: string }): number {
    const consumer = this.#consumers.get(`${stream}\n${name}`)
    return consumer ? consumer.atWork + consumer.failures.size : 0
  }

  async close(): Promise<void> {
    this.#closed = true
    const consumers = [...this.#consumers.values()]
    for (const consumer of consumers) consumer.handles.length = 0
    await Promise.all(consumers.map((consumer) => this.#idle(consumer)))
  }

  #streamOf(subject: string): StreamOptions | undefined {
    for (const stream of this.#streams.values())
      if (stream.subjects.some((pattern) => subjectMatches(pattern, subject))) return stream
    return undefined
  }

  #deliver(message: DurableMessage): Promise<void>[] {
    const stream = this.#streamOf(message.subject)?.name
    const started: Promise<void>[] = []
    for (const consumer of this.#consumers.values()) {
      if (consumer.stream !== stream || !subjectMatches(consumer.filter, message.subject)) continue
      const known = consumer.deliveries.get(message.id)
      if (known) started.push(known)
      else if (consumer.handles.length > 0) started.push(deliverTo(consumer, message))
    }
    return started
  }

  #idle = (consumer: Consumer) => within(STORED_WITHIN_MS, Promise.allSettled(consumer.deliveries.values()))
}

function deliverTo(consumer: Consumer, message: DurableMessage): Promise<void> {
  const attempt = (consumer.failures.get(message.id) ?? 0) + 1
  const handle = consumer.handles[consumer.turn++ % consumer.handles.length]!
  const { subject, id } = message
  const delivery: Delivery = {
    subject,
    id,
    attempt,
    sequence: null,
    headers: { ...message.headers },
    body: new Uint8Array(message.body),
  }
  const done = new Promise<void>((resolve, reject) => {
    setImmediate(() => {
      // A handler that throws before it returns a promise has failed as well.
      Promise.resolve(delivery).then(handle).then(resolve, reject)
    })
  })
  remember(consumer.deliveries, id, done)
  consumer.atWork++
  done.then(
    () => {
      consumer.atWork--
      consumer.failures.delete(id)
    },
    () => {
      consumer.atWork--
      consumer.deliveries.delete(id)
      remember(consumer.failures, id, attempt)
    },
  )
  return done
}

function remember<V>(map: Map<string, V>, id: string, value: V): void {
  map.set(id, value)
  if (map.size <= REMEMBERED_IDS) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
