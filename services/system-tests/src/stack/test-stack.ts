import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bus, connectNatsBus, createInProcessBus, deleteNatsStreams } from '@parley/bus'
import { conversationOwner, mountConversation } from '@parley/conversation'
import { type Database, type DatabaseOwner, openPglite, openPostgres } from '@parley/database'
import { migratedTemplate } from '@parley/database/testing'
import { mountGateway, type PresenceSettings } from '@parley/gateway'
import { mountNotifier, notifierOwner } from '@parley/notifier'
import {
  connectRateLimiter,
  createLogger,
  createServiceApp,
  type Mount,
  readConfig,
  type Service,
  serveMounts,
  signDevelopmentToken,
} from '@parley/runtime'
import { Config, owners, systemTemplate } from '@parley/standalone'
import { mountStorage, openParts, type PreviewOf, storageOwner } from '@parley/storage'
import { freshDatabase, startNats, startPostgres, startRedis } from '@parley/testkit'
import pg from 'pg'

/** A running system for tests: replicas of the services over embedded parts or over real ones. */
export interface TestStack extends AsyncDisposable {
  name: string
  /** One per conversation replica. */
  restUrls: string[]
  /** One per gateway. */
  gatewayUrls: string[]
  /** One per storage process. */
  storageUrls: string[]
  /** One per notification worker. */
  notifierUrls: string[]
  /** Ends those workers for good. */
  stopNotifiers(): Promise<void>
  /** Where the storage processes keep what they have. */
  dataFolder: string
  token(userId: string, more?: { role?: string; tenant?: string; name?: string; expiresIn?: number }): string
  database: Database
  /** As a host's backend would use it. */
  bus: Bus
  natsUrl?: string
  /** SQL past row-level security, on servers only. */
  asOwner: (sql: string) => Promise<Record<string, unknown>[]>
}

export interface StackOptions {
  /** A NATS server of this stack alone, where its subjects and streams are called as in production. */
  ownNats?: boolean
  /** Stands between a gateway and its bus, to lose things on purpose. */
  gatewayBus?: (bus: Bus, index: number) => Bus
  /** More of the environment, such as `{ TRUST_PROXY: 'loopback' }`. */
  env?: Record<string, string>
  /** Asks for the pages of links, in place of a client that reaches nothing of this machine. */
  previewOf?: PreviewOf
  /** Hears each line of the log, which is then nowhere else. */
  logTo?: (line: string) => void
  /** How many of each; one of both when embedded. */
  conversations?: number
  gateways?: number
  /** One of them unless said; they share a folder. */
  storages?: number
  /** Notification workers: one unless said. */
  notifiers?: number
  /** How long gateways count without a word, and people who are nowhere. */
  presence?: PresenceSettings
}

const environment = { NODE_ENV: 'test', LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'error' }

/** PGlite in memory, the bus and rooms in this process. */
export async function startEmbeddedStack(options: StackOptions = {}): Promise<TestStack> {
  const bus = createInProcessBus()
  const embedded = await openPglite({ template: systemTemplate })
  return assemble('embedded', {
    databaseOf: (owner) => embedded.of(owner),
    embedded,
    busFor: async () => bus,
    conversations: 1,
    gateways: options.gateways ?? 1,
    storages: 1,
    notifiers: 1,
    gatewayBus: options.gatewayBus,
    previewOf: options.previewOf,
    presence: options.presence,
    env: options.env,
    logTo: options.logTo,
  })
}

/** Postgres, NATS and Redis, two conversation replicas and two gateways. */
export async function startServerStack(options: StackOptions = {}): Promise<TestStack> {
  const [postgres, nats, redis] = await Promise.all([
    startPostgres(),
    options.ownNats ? startNats({ own: true }) : startNats(),
    startRedis(),
  ])
  const fresh = await freshDatabase(postgres.url, { template: await migratedTemplate(postgres.url, ...owners) })
  // Test files share a NATS.
  const prefix = options.ownNats ? undefined : randomUUID()
  const stack = await assemble('servers', {
    databaseOf: (owner) => openPostgres({ url: fresh.url, owner }),
    busFor: (name) => connectNatsBus({ servers: nats.url, name, ...(prefix !== undefined && { prefix }) }),
    redisUrl: redis.url,
    conversations: options.conversations ?? 2,
    gateways: options.gateways ?? 2,
    storages: options.storages ?? 1,
    notifiers: options.notifiers ?? 1,
    gatewayBus: options.gatewayBus,
    previewOf: options.previewOf,
    presence: options.presence,
    env: options.env,
    logTo: options.logTo,
  })
  return {
    ...stack,
    natsUrl: nats.url,
    async asOwner(sql) {
      const client = new pg.Client(fresh.url)
      await client.connect()
      try {
        return (await client.query(sql)).rows
      } finally {
        await client.end()
      }
    },
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]()
      if (prefix !== undefined) await deleteNatsStreams({ servers: nats.url, name: 'test', prefix })
      await fresh.drop()
      for (const server of [postgres, nats, redis]) if (server.kind !== 'given') await server.stop()
    },
  }
}

interface Parts {
  databaseOf: (owner: DatabaseOwner) => Database
  embedded?: AsyncDisposable
  busFor: (name: string) => Promise<Bus>
  redisUrl?: string
  conversations: number
  gateways: number
  storages: number
  notifiers: number
  gatewayBus: StackOptions['gatewayBus']
  previewOf: StackOptions['previewOf']
  presence: StackOptions['presence']
  env: StackOptions['env']
  logTo: StackOptions['logTo']
}

async function assemble(name: string, parts: Parts): Promise<TestStack> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'parley-stack-'))
  const given = { ...environment, REDIS_URL: parts.redisUrl, PARLEY_DATA: dataFolder, ...parts.env }
  const config = readConfig(Config, given)
  const log = createLogger({
    ...{ name, level: config.LOG_LEVEL },
    ...(parts.logTo && { destination: { write: parts.logTo } }),
  })
  // Test files share a Redis.
  const redisPrefix = `test:${randomUUID()}`
  const services: Service[] = []
  const resources = new Set<AsyncDisposable>(parts.embedded ? [parts.embedded] : [])
  const restUrls: string[] = []
  const gatewayUrls: string[] = []
  const storageUrls: string[] = []
  const notifierUrls: string[] = []
  const notifiers: { service: Service; bus: Bus }[] = []
  const openApp = async () => {
    const limiter = connectRateLimiter({ url: config.REDIS_URL, prefix: redisPrefix, log })
    resources.add(limiter)
    return { limiter, app: await createServiceApp({ config, log, limiter }) }
  }
  const start = async (service: Service) => {
    await service.start()
    services.unshift(service)
  }
  const listen = async (app: Awaited<ReturnType<typeof createServiceApp>>, mount: Mount) => {
    await serveMounts(app, [mount])
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    services.unshift({ name: 'http', start: async () => {}, close: () => app.close() })
    return url
  }
  let firstBus: Bus | undefined
  let firstDatabase: Database | undefined
  for (let i = 0; i < parts.conversations; i++) {
    const bus = await parts.busFor(`conversation-${i}`)
    firstBus ??= bus
    const database = parts.databaseOf(conversationOwner)
    firstDatabase ??= database
    resources.add(bus).add(database)
    const { limiter, app } = await openApp()
    const conversation = mountConversation({
      ...{ config, database, bus, limiter, log },
      storage: { url: () => storageUrls[0]! },
    })
    await start(conversation.service)
    restUrls.push(await listen(app, conversation))
  }
  for (let i = 0; i < parts.storages; i++) {
    const bus = await parts.busFor(`storage-${i}`)
    const database = parts.databaseOf(storageOwner)
    const opened = await openParts(config)
    resources.add(bus).add(database).add(opened.objects)
    const { limiter, app } = await openApp()
    const storage = mountStorage({
      ...{ config, database, bus, limiter, log },
      ...opened,
      ...(parts.previewOf && { previewOf: parts.previewOf }),
    })
    await start(storage.service)
    storageUrls.push(await listen(app, storage))
  }
  for (let i = 0; i < parts.notifiers; i++) {
    const bus = await parts.busFor(`notifier-${i}`)
    const database = parts.databaseOf(notifierOwner)
    resources.add(bus).add(database)
    const { limiter, app } = await openApp()
    const notifier = mountNotifier({ config, database, bus, limiter, log })
    await start(notifier.service)
    notifiers.push({ service: notifier.service, bus })
    notifierUrls.push(await listen(app, notifier))
  }
  for (let i = 0; i < parts.gateways; i++) {
    const own = await parts.busFor(`gateway-${i}`)
    const bus = parts.gatewayBus?.(own, i) ?? own
    resources.add(own)
    const { app } = await openApp()
    const gateway = mountGateway({
      ...{ config: { ...config, DRAIN_MS: 0 }, bus, app, log, redisPrefix },
      ...(parts.presence && { presenceSettings: parts.presence }),
    })
    for (const resource of gateway.resources) resources.add(resource)
    gatewayUrls.push(await listen(app, gateway))
    await start(gateway.service)
  }
  return {
    name,
    restUrls,
    gatewayUrls,
    storageUrls,
    notifierUrls,
    async stopNotifiers() {
      for (const { service, bus } of notifiers.splice(0)) {
        services.splice(services.indexOf(service), 1)
        resources.delete(bus)
        await service.close()
        await bus[Symbol.asyncDispose]()
      }
    },
    dataFolder,
    database: firstDatabase!,
    bus: firstBus!,
    asOwner: () => Promise.reject(new Error('Only where there are servers')),
    token: (userId, { role = 'customer', tenant = 'default', name: called, expiresIn } = {}) =>
      signDevelopmentToken(
        { userId, role, tenant, ...(called && { name: called }), ...(expiresIn !== undefined && { expiresIn }) },
        config,
      ),
    async [Symbol.asyncDispose]() {
      for (const service of services) await service.close()
      for (const resource of [...resources].reverse()) await resource[Symbol.asyncDispose]()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
