import type { Bus, Unsubscribe } from './bus.ts'
import { type BusLog, processWarnings } from './bus-log.ts'
import { firstPart } from './first-part.ts'
import { InProcessDurable } from './in-process-durable.ts'
import { DEFAULT_MAX_PAYLOAD, refuseOversized, refuseSubject } from './payload.ts'
import { Running } from './running.ts'
import { SubjectTable } from './subject-table.ts'
import { nobodyServes, unavailable } from './unavailable.ts'

interface InProcessOptions {
  /** Bytes; what NATS would refuse is refused here too. */
  maxPayload?: number
  log?: BusLog
}

type Reply = (part: Uint8Array) => void
type Serve = (body: Uint8Array, reply: Reply) => void
interface QueueGroup {
  servers: Serve[]
  turn: number
  remove: () => void
}

/**
 * The bus of a single process. It behaves as NATS does where a caller could tell: handlers never run inside the caller's
 * stack (one that holds a transaction would deadlock on a database with one connection), bytes are copied, and sizes are
 * refused alike.
 */
export function createInProcessBus({
  maxPayload = DEFAULT_MAX_PAYLOAD,
  log = processWarnings,
}: InProcessOptions = {}): Bus {
  const groups = new SubjectTable<QueueGroup>()
  const groupByName = new Map<string, QueueGroup>()
  const subscribers = new SubjectTable<(body: Uint8Array, subject: string) => void>()
  const durable = new InProcessDurable(maxPayload)
  const handlers = new Running((err) => log.error({ err }, 'a handler failed'))
  const atWork = new Set([handlers])
  const abandon = new Set<() => void>()
  let open = true

  const checked = (subject: string, body: Uint8Array): Uint8Array => {
    refuseSubject(subject)
    refuseOversized(body.length, maxPayload)
    return new Uint8Array(body)
  }

  const requestParts: Bus['requestParts'] = async (subject, body, { timeoutMs, onPart }) => {
    if (!open) throw unavailable('The bus is closed')
    const copy = checked(subject, body)
    const serving = groups.match(subject)
    if (serving.length === 0) throw nobodyServes(subject)
    return new Promise((resolve, reject) => {
      let waiting = true
      const settle = (act: () => void) => {
        if (!waiting) return
        waiting = false
        clearTimeout(timer)
        abandon.delete(close)
        act()
      }
      const close = () => settle(() => reject(unavailable('The bus is closed')))
      abandon.add(close)
      const timer = setTimeout(
        () => settle(() => reject(unavailable(`No answer from ${subject} in ${timeoutMs} ms`))),
        timeoutMs,
      )
      const take = (part: Uint8Array) => {
        if (!waiting) return
        try {
          if (onPart(part)) settle(resolve)
        } catch (err) {
          settle(() => reject(err))
        }
      }
      const reply: Reply = (part) => {
        const copied = checked(subject, part)
        setImmediate(take, copied)
      }
      const handOff = (group: QueueGroup) => {
        // The last one may have stopped meanwhile.
        const server = group.servers[group.turn++ % group.servers.length]
        if (server) server(new Uint8Array(copy), reply)
        else settle(() => reject(nobodyServes(subject)))
      }
      for (const group of serving) setImmediate(handOff, group)
    })
  }

  return {
    maxPayload,
    requestParts,
    request: firstPart(requestParts),
    async serve(subject, queue, handle) {
      const name = `${subject}\n${queue}`
      let group = groupByName.get(name)
      if (!group) {
        const fresh: QueueGroup = { servers: [], turn: 0, remove: () => {} }
        fresh.remove = groups.add(subject, fresh)
        groupByName.set(name, fresh)
        group = fresh
      }
      const { servers, remove } = group
      const running = new Running((err) => log.error({ err, subject }, 'a server failed'))
      atWork.add(running)
      const server: Serve = (body, reply) => running.run(() => handle(body, reply))
      servers.push(server)
      return once(async () => {
        servers.splice(servers.indexOf(server), 1)
        if (servers.length === 0) {
          remove()
          groupByName.delete(name)
        }
        await running.idle()
        atWork.delete(running)
      })
    },
    publish(subject, body) {
      const copy = checked(subject, body)
      // Each hears its own copy: one that writes into it must not be seen by the next.
      for (const handle of subscribers.match(subject))
        setImmediate(() => handlers.run(() => handle(new Uint8Array(copy), subject)))
    },
    async subscribe(subject, handle) {
      let listening = true
      const remove = subscribers.add(subject, (body, on) => {
        if (listening) handle(body, on)
      })
      return once(async () => {
        listening = false
        remove()
      })
    },
    ensureStream: async (stream) => durable.ensureStream(stream),
    publishDurable: (messages) => durable.publish(messages),
    // nothing is kept here
    revise: async () => 0,
    locate: async () => null,
    consume: async (consumer, handle) => durable.consume(consumer, handle),
    pending: async (consumer) => durable.pending(consumer),
    onReconnect: () => async () => {},
    get connected() {
      return open
    },
    async [Symbol.asyncDispose]() {
      open = false
      await Promise.all([durable.close(), ...[...atWork].map((running) => running.idle())])
      for (const close of abandon) close()
    },
  }
}

function once(stop: () => Promise<void>): Unsubscribe {
  let stopped: Promise<void> | undefined
  return () => {
    stopped ??= stop()
    return stopped
  }
}
