import { randomUUID } from 'node:crypto'
import { announceReplica, type Bus, serveRpc, type Unsubscribe } from '@parley/bus'
import {
  audience as audienceContract,
  authority as authorityContract,
  chat as chatContract,
  edge as edgeContract,
  oversight as oversightContract,
} from '@parley/contracts'
import { createJobs, type Database } from '@parley/database'
import {
  createCleaning,
  failpoint,
  type Logger,
  type Meters,
  type RateLimiter,
  type Service,
  type SetAside,
  subsystem,
  whenReachable,
} from '@parley/runtime'
import { seedDemo } from './demo/seed-demo.ts'
import { Epochs } from './domain/epochs.ts'
import type { SearchState } from './domain/ports/search.ts'
import { createUseCases, type UseCases } from './domain/use-cases.ts'
import { connectClaims } from './events/connect-claims.ts'
import { connectHooks } from './events/connect-hooks.ts'
import { connectPresence } from './events/connect-presence.ts'
import { createControlChannel, type GatewaySockets } from './events/control-channel.ts'
import { createConversationMeter } from './events/conversation-meter.ts'
import { createEnding } from './events/ending.ts'
import { eraseFromEvents } from './events/erase-from-events.ts'
import { createEventPublisher } from './events/event-publisher.ts'
import { createFollowing } from './events/follow-message.ts'
import { createHookMeter } from './events/hook-meter.ts'
import { createHostConsumer } from './events/host-consumer.ts'
import { createLivePublisher } from './events/live-publisher.ts'
import { createRelay } from './events/relay.ts'
import { createReportCount } from './events/report-count.ts'
import { createSearchIndexer } from './events/search-indexer.ts'
import { newId } from './new-id.ts'
import { createStore } from './store/store.ts'

/** Where the storage service is over HTTP; over the bus it is found by itself. */
export interface StorageAddress {
  /** `http://storage:8080`, known at the latest when requests come. */
  url: () => string
}

export interface ConversationDeps extends Meters {
  database: Database
  bus: Bus
  log: Logger
  /** Puts demo people and conversations in when there are none. */
  demo?: boolean
  /** Whoever is named exists, where a tenant has not said otherwise: people try things before everybody has logged in. */
  lenient?: boolean
  /** Refuses who does too much; left out, nobody is limited. */
  limiter?: RateLimiter
  /** Told of each thing that is put aside. */
  setAside?: (what: SetAside) => void
  /** The storage service, which keeps what messages have attached; left out, they have nothing. */
  storage?: StorageAddress | undefined
}

export interface ConversationService extends Service, Pick<UseCases, 'chat' | 'edge' | 'host' | 'admin' | 'remember'> {
  /** Who is connected where; gateways tell it outside production only. */
  sockets(): Promise<GatewaySockets[]>
  /** How far what is found by search has come. */
  searchState(): Promise<SearchState>
}

const QUEUE = 'conversation'

/** Owns conversations and messages: serves the contracts over the bus, and tells what was committed. */
export function createConversationService(deps: ConversationDeps): ConversationService {
  const { database, bus, log, demo = false, lenient = false, limiter, setAside = () => {}, show, storage } = deps
  const live = createLivePublisher(bus, subsystem(log, 'live'))
  const meter = createConversationMeter(deps, () => store.outboxState())
  const epochs = new Epochs()
  const publisher = createEventPublisher({
    bus,
    live,
    epochs,
    meter,
    onAcknowledged: (eventId) => store.acknowledged(eventId),
    onUnacknowledged: (err) => log.debug({ err }, 'events not acknowledged; the relay takes over'),
  })
  const store = createStore({
    database,
    onCommitted: (batch) => {
      publisher.committed(batch)
      if (batch.changes.length > 0) indexer.hint()
    },
    onError: (err) => log.warn({ err }, 'outbox not cleaned'),
    onBatch: meter.batched,
    onScheduled: (ms) => jobs.wakeIn(ms),
  })
  const control = createControlChannel(
    bus,
    (told) => {
      if (told.kind === 'messages_deleted') live.forget(told.tenantId, told.messages)
      useCases.hear(told)
    },
    subsystem(log, 'control'),
  )
  const reportCount = createReportCount({
    count: (tenantId) =>
      store.snapshot(tenantId, async ({ reports, now }) => ({ open: await reports.countOpen(), at: await now() })),
    tell: control.tell,
    log: subsystem(log, 'reports'),
  })
  const useCases = createUseCases({
    store,
    newId,
    epochs,
    tell: control.tell,
    reportsChanged: reportCount.changed,
    online: control.online,
    ...connectPresence(bus, subsystem(log, 'presence')),
    eraseFromEvents: (...what) => eraseFromEvents(bus, ...what),
    claims: storage ? connectClaims(bus) : undefined,
    hooks: connectHooks(bus),
    ...createFollowing(bus, control.gateways),
    hookAsked: createHookMeter(deps, subsystem(log, 'hooks')),
    unsetPolicy: lenient ? { users: { mustExist: false } } : {},
    ...(limiter && { limit: (rule, key) => limiter.consume(rule, key) }),
  })
  const { chat, edge, host, admin, authority, audience, oversight } = useCases
  const ending = createEnding({ endConversations: useCases.endConversations, log: subsystem(log, 'ending') })
  const cleaning = createCleaning(
    {
      'reported words': useCases.forgetReported,
      broadcasts: useCases.forgetBroadcasts,
      'keys of calls': useCases.forgetKeys,
      'scheduled messages': useCases.forgetScheduled,
      'held messages': useCases.forgetHeld,
      'jobs put aside': useCases.forgetJobs,
      'names of users': useCases.fillUserTerms,
      'places in lists': useCases.fillListPlaces,
      'histories of deleted messages': useCases.cleanHistories,
    },
    subsystem(log, 'cleaning'),
  )
  const jobs = createJobs({
    ...{ queue: store.jobs, handlers: useCases.jobs, log: subsystem(log, 'jobs'), setAside, show },
    // a tenant's host that hangs keeps nobody else's messages waiting
    ...{ atOnce: { send_scheduled: 12 }, ofTenant: { send_scheduled: 4 } },
    passing: (moment) => failpoint(`jobs.${moment}`),
  })
  const hosts = createHostConsumer({
    bus,
    accept: useCases.acceptContext,
    log: subsystem(log, 'hosts'),
    setAside,
    show,
  })
  const { indexEvents, fillSearch } = useCases
  const indexer = createSearchIndexer({ indexEvents, fillSearch, log: subsystem(log, 'search') })
  const relay = createRelay({ store, publisher, log: subsystem(log, 'relay'), setAside })
  const onSkipped = (err: unknown, what: string) => log.info({ reason: String(err), what }, 'left out of the demo')
  /** A demo without its people is better than none. */
  const fillDemo = () =>
    seedDemo({ chat, host, store, onSkipped }).catch((err) => log.warn({ err }, 'the demo is not filled'))
  const onError = (err: unknown, procedure: string) => log.error({ err, procedure }, 'call failed')
  const replica = randomUUID()
  let leave: Unsubscribe | undefined
  const stops: Unsubscribe[] = []

  return {
    name: 'conversation',
    chat,
    edge,
    host,
    admin,
    remember: useCases.remember,
    sockets: control.sockets,
    searchState: () => store.search.state(),
    async start() {
      const applied = await whenReachable(log, () => database.migrate())
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      epochs.set(await store.restores())
      // Nobody depends on it now: the relay does it again every hour, and what finds no partition has the default one.
      await store.outbox.maintain().catch((err) => log.warn({ err }, 'partitions of events not maintained'))
      // Messages flow without the stream; events wait in the outbox until the relay finds it.
      await publisher.ensureStream().catch((err) => log.warn({ err }, 'event stream out of reach'))
      await live.start()
      stops.push(await serveRpc(bus, chatContract, { queue: QUEUE, replica, api: chat, onError }))
      stops.push(await serveRpc(bus, edgeContract, { queue: QUEUE, replica, api: edge, onError }))
      stops.push(await serveRpc(bus, authorityContract, { queue: QUEUE, replica, api: authority, onError }))
      stops.push(await serveRpc(bus, audienceContract, { queue: QUEUE, replica, api: audience, onError }))
      stops.push(await serveRpc(bus, oversightContract, { queue: QUEUE, replica, api: oversight, onError }))
      leave = announceReplica(bus, QUEUE, replica)
      await control.start()
      relay.start()
      ending.start()
      jobs.start()
      cleaning.start()
      indexer.start()
      await hosts.start()
      if (demo) await fillDemo()
    },
    async close() {
      // Also after a start that failed half way. New calls go to other replicas; those at work are answered.
      await leave?.()
      await Promise.all(stops.map((stop) => stop()))
      await hosts.close()
      await ending.close()
      await jobs.close()
      await cleaning.close()
      await indexer.close()
      await reportCount.close()
      await relay.close()
      await control.close()
      await publisher.flush()
      await store[Symbol.asyncDispose]()
      await live.close()
    },
  }
}
