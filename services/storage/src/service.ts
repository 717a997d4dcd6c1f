import { randomUUID } from 'node:crypto'
import { announceReplica, type Bus, followReplicas, rpcClient, serveRpc, type Unsubscribe } from '@parley/bus'
import { authority as authorityContract, claims as claimsContract } from '@parley/contracts'
import { createJobs, type Database, type Job } from '@parley/database'
import {
  failpoint,
  type Logger,
  type Reading,
  type Service,
  type SetAside,
  subsystem,
  whenReachable,
} from '@parley/runtime'
import type { Tally } from './domain/deps.ts'
import type { Links } from './domain/ports/links.ts'
import type { MessageLink } from './domain/ports/store.ts'
import type { Inspect, ObjectStore, PreviewOf, VirusScanner } from './domain/ports.ts'
import { createStorage, type Storage } from './domain/storage.ts'
import { createCollector } from './events/collector.ts'
import { createMessageConsumer } from './events/message-consumer.ts'
import type { IncomingFiles } from './incoming/incoming-files.ts'
import type { ResumableStore } from './incoming/resumable-store.ts'
import { newId } from './new-id.ts'
import { createStore } from './store/store.ts'

export interface StorageServiceDeps {
  database: Database
  bus: Bus
  objects: ObjectStore
  inspect: Inspect
  scanner?: VirusScanner | undefined
  previewOf?: PreviewOf | undefined
  links: Links
  incoming: IncomingFiles
  resumable: ResumableStore
  log: Logger
  setAside?: (what: SetAside) => void
  /** Shows what can be measured. */
  show?: ((reading: Reading) => void) | undefined
  tally?: Tally
}

export interface StorageService extends Service {
  storage: Storage
  pendingScans(): Promise<number>
}

const QUEUE = 'storage'

/** Owns attachments: serves what the conversation service claims, hears what becomes of messages, collects what nobody needs. */
export function createStorageService(deps: StorageServiceDeps): StorageService {
  const { database, bus, objects, inspect, scanner, previewOf, links, incoming, resumable, log } = deps
  const { setAside = () => {} } = deps
  const conversations = followReplicas(bus, 'conversation', subsystem(log, 'replicas'))
  const store = createStore({ database, onScheduled: (ms) => jobs.wakeIn(ms) })
  const storage = createStorage({
    store,
    objects,
    inspect,
    scanner,
    previewOf,
    links,
    incoming,
    newId,
    authority: rpcClient(bus, authorityContract, { replicas: conversations }),
    passing: (moment) => failpoint(`storage.${moment}`),
    tally: deps.tally,
  })
  const jobs = createJobs({
    queue: store.jobs,
    handlers: {
      async scan({ tenantId, key, payload }: Job<{ tells?: boolean }>) {
        await storage.scan(tenantId, key, payload)
        return undefined
      },
      async verdict({ tenantId, key, payload }: Job<{ signature: string | null }>) {
        await storage.tellVerdict(tenantId, key, payload.signature)
        return undefined
      },
      async hear_deleted({ tenantId, key, payload }: Job<{ attachmentIds: string[] }>) {
        await storage.hear.deleted(tenantId, key, payload.attachmentIds)
        return undefined
      },
      async preview({ tenantId, payload }: Job<MessageLink>, { signal }) {
        await using folder = await incoming.open()
        await storage.linkPreviews.make(tenantId, payload, { folder: folder.path, signal })
        return undefined
      },
    },
    // pages that hang, of what is said in one tenant, keep no other's waiting
    ofTenant: { preview: 3 },
    log: subsystem(log, 'jobs'),
    setAside,
    show: deps.show,
  })
  const consumer = createMessageConsumer({
    bus,
    hear: storage.hear,
    log: subsystem(log, 'messages'),
    setAside,
    show: deps.show,
  })
  const collector = createCollector({
    storage,
    forgetDeletedMessages: store.forgetDeletedMessages,
    forgetJobs: store.jobs.forget,
    log: subsystem(log, 'collector'),
  })
  const onError = (err: unknown, procedure: string) => log.error({ err, procedure }, 'call failed')
  const replica = randomUUID()
  let leave: Unsubscribe | undefined
  let stop: Unsubscribe | undefined

  return {
    name: 'storage',
    storage,
    pendingScans: () => store.countPending(),
    async start() {
      const applied = await whenReachable(log, () => database.migrate())
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      await incoming.start()
      await resumable.start((err) => log.warn({ err }, 'unfinished uploads cannot be kept in order'))
      stop = await serveRpc(bus, claimsContract, { queue: QUEUE, replica, api: storage.claims, onError })
      leave = announceReplica(bus, QUEUE, replica)
      await consumer.start()
      jobs.start()
      collector.start()
    },
    async close() {
      // Also after a start that failed half way. New calls go to other replicas; those at work are answered.
      await leave?.()
      await stop?.()
      await consumer.close()
      await jobs.close()
      await collector.close()
      resumable.close()
      await incoming.close()
      await conversations.close()
    },
  }
}
