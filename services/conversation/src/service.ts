import { randomUUID } from 'node:crypto'
import { announceReplica, type Bus, serveRpc, type Unsubscribe } from '@parley/bus'
import { type Chat, chat as chatContract, type Edge, edge as edgeContract } from '@parley/contracts'
import { createChat, createEdge } from '@parley/domain'
import { createStore, type Database } from '@parley/postgres'
import { type Logger, type Service, subsystem } from '@parley/runtime'
import { seedDemo } from './demo/seed-demo.ts'
import { createEventPublisher } from './events/event-publisher.ts'
import { createLivePublisher } from './events/live-publisher.ts'
import { createRelay } from './events/relay.ts'
import { newId } from './new-id.ts'

export interface ConversationDeps {
  database: Database
  bus: Bus
  log: Logger
  /** Puts demo people and conversations in when there are none. */
  demo?: boolean
}

export interface ConversationService extends Service {
  chat: Chat
  edge: Edge
}

const QUEUE = 'conversation'

/** Owns conversations and messages: serves the contracts over the bus, and tells what was committed. */
export function createConversationService({ database, bus, log, demo = false }: ConversationDeps): ConversationService {
  const live = createLivePublisher(bus)
  const publisher = createEventPublisher({
    bus,
    live,
    onAcknowledged: (eventId) => store.acknowledged(eventId),
    onUnacknowledged: (err) => log.debug({ err }, 'events not acknowledged; the relay takes over'),
  })
  const store = createStore({
    database,
    onCommitted: (batch) => publisher.committed(batch),
    onError: (err) => log.warn({ err }, 'outbox not cleaned'),
  })
  const deps = { store, newId }
  const chat = createChat(deps)
  const edge = createEdge(deps)
  const relay = createRelay({ store, publisher, log: subsystem(log, 'relay') })
  const onError = (err: unknown, procedure: string) => log.error({ err, procedure }, 'call failed')
  const replica = randomUUID()
  let leave: Unsubscribe | undefined
  const stops: Unsubscribe[] = []

  return {
    name: 'conversation',
    chat,
    edge,
    async start() {
      const applied = await database.migrate()
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      await store.outbox.maintain()
      // Messages flow without the stream; events wait in the outbox until the relay finds it.
      await publisher.ensureStream().catch((err) => log.warn({ err }, 'event stream out of reach'))
      await live.start()
      stops.push(await serveRpc(bus, chatContract, { queue: QUEUE, replica, api: chat, onError }))
      stops.push(await serveRpc(bus, edgeContract, { queue: QUEUE, replica, api: edge, onError }))
      leave = announceReplica(bus, QUEUE, replica)
      relay.start()
      if (demo) await seedDemo(chat)
    },
    async close() {
      // Also after a start that failed half way. New calls go to other replicas; those at work are answered.
      await leave?.()
      await Promise.all(stops.map((stop) => stop()))
      await relay.close()
      await store[Symbol.asyncDispose]()
      await live.close()
    },
  }
}
