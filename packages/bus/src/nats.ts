import { jetstreamManager } from '@nats-io/jetstream'
import { createInbox, type NatsConnection, type Subscription } from '@nats-io/nats-core'
import type { Bus, Unsubscribe } from './bus.ts'
import { type BusLog, processWarnings } from './bus-log.ts'
import { firstPart } from './first-part.ts'
import { consumeNats } from './nats-consumer.ts'
import { dialNats, type NatsLogin, reasonOf } from './nats-dial.ts'
import { NatsDurablePublisher } from './nats-durable.ts'
import { locateInNatsStream } from './nats-location.ts'
import { NatsReplies } from './nats-replies.ts'
import { reviseNatsStream } from './nats-revision.ts'
import { NatsStreams } from './nats-streams.ts'
import { watchForSilence } from './nats-watchdog.ts'
import { ownFirst } from './own-first.ts'
import { maxPayloadOf, refuseOversized, refuseSubject } from './payload.ts'
import { prefixedBus, refusePrefix } from './prefixed-bus.ts'
import { Running, STOP_WITHIN_MS, within } from './running.ts'
import { unavailable } from './unavailable.ts'

/** A call waits so long for a connection that was just lost; afterwards it is refused at once. Milliseconds. */
const RECONNECTED_WITHIN_MS = 1_000

export interface NatsBusOptions extends Omit<NatsLogin, 'noEcho'> {
  /**
   * A subject space of its own, for several systems on one server; none is what a server of one system has. Permissions
   * name subjects as they travel: see prefixed-bus.ts.
   */
  prefix?: string
  /** For a process that holds several services: they reach each other without the server. */
  ownFirst?: boolean
  /** On how many servers of a cluster the streams are kept that are made here; left out, as those are that there are, and new ones on one. */
  replicas?: number | undefined
  log?: BusLog
}

/**
 * Connects to NATS. A first connection that fails rejects, so that a wrong address is seen at once; a connection lost
 * later comes back by itself, however long that takes.
 */
export async function connectNatsBus(options: NatsBusOptions): Promise<Bus> {
  const { log = processWarnings, prefix, ownFirst: isOwnFirst = false, replicas, ...login } = options
  if (prefix !== undefined) refusePrefix(prefix)
  const connection = await dialNats({ ...login, noEcho: isOwnFirst })
  const bus = await openNatsBus(connection, { inbox: createInbox(login.inboxPrefix), replicas, log })
  const own = isOwnFirst ? ownFirst(bus) : bus
  return prefix === undefined ? own : prefixedBus(own, prefix)
}

async function openNatsBus(
  nc: NatsConnection,
  { inbox, replicas: replicated, log }: { inbox: string; replicas: number | undefined; log: BusLog },
): Promise<Bus> {
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: STOP_WITHIN_MS })
  const streams = new NatsStreams(jsm, { replicas: replicated, log })
  const state = { connected: true, closing: false, lostAt: 0 }
  const restoreStreams = () => void streams.restore(() => state.connected && !state.closing)
  const replies = new NatsReplies(nc, inbox)
  const durable = new NatsDurablePublisher(nc, inbox, restoreStreams)
  const reconnectListeners = new Set<() => void>()
  const consumers = new Set<{ stop: Unsubscribe; reopen: () => void }>()
  const listening = new Set<Unsubscribe>()

  watch(nc, log, {
    lost() {
      state.connected = false
      state.lostAt = performance.now()
      const cause = new Error('disconnected')
      replies.failAll(cause)
      durable.failAll(cause)
    },
    async back() {
      await nc.flush()
      state.connected = true
      restoreStreams()
      for (const consumer of consumers) consumer.reopen()
      for (const listener of reconnectListeners) listener()
    },
  })

  const ensureConnected = () => {
    if (!state.connected) throw unavailable('There is no connection to NATS')
  }
  /** One that was lost a moment ago is most likely back at once, at another server of the cluster. */
  const connectedSoon = async () => {
    const patienceMs = state.lostAt + RECONNECTED_WITHIN_MS - performance.now()
    if (!state.closing && patienceMs > 0)
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          reconnectListeners.delete(done)
          resolve()
        }
        const timer = setTimeout(done, patienceMs)
        reconnectListeners.add(done)
      })
    ensureConnected()
  }
  /** Subscribed while the connection is lost: in force as soon as it is back. */
  const inForce = async () => {
    while (!state.closing) {
      const flushed = await nc.flush().then(
        () => true,
        () => false,
      )
      if (flushed) return
      if (nc.isClosed()) break
    }
    throw unavailable('The connection to NATS is closed')
  }
  const listen = async (subject: string, queue: string | undefined, take: Take): Promise<Unsubscribe> => {
    const running = new Running((err) => log.error({ err, subject }, 'a handler failed'))
    const subscription = nc.subscribe(subject, {
      ...(queue && { queue }),
      callback: (err, msg) => {
        if (err) log.error({ err, subject }, 'a subscription was refused')
        else running.run(() => take(msg))
      },
    })
    const stop = async () => {
      listening.delete(stop)
      await drained(subscription)
      await running.idle()
    }
    listening.add(stop)
    await inForce()
    return stop
  }
  const publish = (subject: string, body: Uint8Array) => {
    refuseOversized(body.length, maxPayloadOf(nc))
    if (state.connected && !nc.isClosed()) nc.publish(subject, body)
  }
  const requestParts: Bus['requestParts'] = async (subject, body, opts) => {
    if (!state.connected) await connectedSoon()
    await replies.request(subject, body, opts)
  }

  await nc.flush()
  const watchdog = watchForSilence(nc)
  return {
    get maxPayload() {
      return maxPayloadOf(nc)
    },
    get connected() {
      return state.connected && !nc.isClosed()
    },
    requestParts,
    request: firstPart(requestParts),
    serve: (subject, queue, handle) =>
      listen(subject, queue, (msg) => {
        const { reply } = msg
        return handle(msg.data, (part) => {
          // Only to inboxes: whoever may ask us must not make us speak on a subject that is closed to them.
          if (reply?.startsWith('_INBOX')) publish(reply, part)
        })
      }),
    publish(subject, body) {
      refuseSubject(subject)
      publish(subject, body)
    },
    subscribe: (subject, handle) => listen(subject, undefined, (msg) => handle(msg.data, msg.subject)),
    ensureStream: (stream) => streams.ensure(stream),
    async publishDurable(messages) {
      ensureConnected()
      await durable.publish(messages)
    },
    async revise(revision) {
      ensureConnected()
      return reviseNatsStream(nc, revision, (message) => durable.publish([message])).catch((err: unknown) => {
        revision.signal?.throwIfAborted()
        throw unavailable(`Cannot revise ${revision.stream}: ${reasonOf(err)}`, err)
      })
    },
    async locate(search) {
      ensureConnected()
      return locateInNatsStream(nc, search).catch((err: unknown) => {
        throw unavailable(`Cannot look into ${search.stream}: ${reasonOf(err)}`, err)
      })
    },
    async consume(consumer, handle) {
      const opened = await consumeNats({ ...consumer, nc, log, connected: () => state.connected }, handle).catch(
        (err: unknown) => {
          throw unavailable(`Cannot consume ${consumer.stream} as ${consumer.name}: ${reasonOf(err)}`, err)
        },
      )
      consumers.add(opened)
      return async () => {
        consumers.delete(opened)
        await opened.stop()
        // So that the acknowledgements have left before whoever stopped us goes on.
        if (state.connected) await within(STOP_WITHIN_MS, nc.flush())
      }
    },
    async pending({ stream, name }) {
      ensureConnected()
      const { num_pending, num_ack_pending } = await jsm.consumers.info(stream, name).catch((err: unknown) => {
        throw unavailable(`Cannot look at ${stream} of ${name}: ${reasonOf(err)}`, err)
      })
      return num_pending + num_ack_pending
    },
    onReconnect(listener) {
      reconnectListeners.add(listener)
      return async () => void reconnectListeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      if (state.closing) return
      state.closing = true
      watchdog.stop()
      // First nothing new comes in, then what is at work may finish and answer, then the connection goes.
      const stops = [...[...consumers].map(({ stop }) => stop), ...listening]
      await within(STOP_WITHIN_MS, Promise.all(stops.map((stop) => stop())))
      if (state.connected && !nc.isClosed()) await within(STOP_WITHIN_MS, nc.flush())
      await nc.close()
      replies.failAll(new Error('closed'))
      durable.failAll(new Error('closed'))
    },
  }
}

type Take = (msg: { data: Uint8Array; subject: string; reply?: string }) => void | Promise<void>

async function drained(subscription: Subscription): Promise<void> {
  if (!subscription.isClosed()) await within(STOP_WITHIN_MS, subscription.drain())
}

function watch(nc: NatsConnection, log: BusLog, on: { lost: () => void; back: () => Promise<void> }): void {
  const follow = async () => {
    for await (const status of nc.status()) {
      if (status.type === 'disconnect') {
        log.warn({ server: status.server }, 'the connection to NATS is lost')
        on.lost()
      } else if (status.type === 'reconnect') {
        log.info({ server: status.server }, 'the connection to NATS is back')
        // Lost again meanwhile: the next reconnect counts.
        on.back().catch((err) => log.warn({ err }, 'the connection to NATS did not last'))
      } else if (status.type === 'error') log.error({ err: status.error }, 'NATS reports an error')
    }
  }
  follow().catch((err) => log.error({ err }, 'the state of the NATS connection is no longer followed'))
}
