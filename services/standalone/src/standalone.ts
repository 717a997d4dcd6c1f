import { type Bus, connectNatsBus, createInProcessBus, showConnection } from '@parley/bus'
import { conversationOwner, eventStream, mountConversation } from '@parley/conversation'
import {
  createPoolMeters,
  type Database,
  type DatabaseOwner,
  openPglite,
  openPostgres,
  type PoolMeter,
} from '@parley/database'
import { mountGateway } from '@parley/gateway'
import { mountNotifier, notifierOwner } from '@parley/notifier'
import {
  connectRateLimiter,
  countSetAside,
  createMeters,
  createMetrics,
  createServiceApp,
  httpService,
  type Logger,
  metricsServer,
  type Service,
  serveMounts,
  tellOfRoom,
  whenReachable,
} from '@parley/runtime'
import { mountStorage, openParts, storageOwner } from '@parley/storage'
import { startTracing } from '@parley/tracing'
import type { Config } from './config.ts'
import { systemTemplate } from './owners.ts'
import { webFolder, webPage } from './web-page.ts'

export interface Standalone {
  services: Service[]
  resources: AsyncDisposable[]
  /** Known once the services have started. */
  url: () => string
}

/** The whole system in one process on one port: the services as they are, over embedded parts or real ones. */
export async function createStandalone(config: Config, log: Logger): Promise<Standalone> {
  const resources: AsyncDisposable[] = []
  const own = <T extends AsyncDisposable>(resource: T): T => {
    resources.push(resource)
    return resource
  }
  try {
    own(await startTracing(config, 'parley'))
    const metrics = createMetrics()
    const meters = createMeters(metrics)
    const bus = own(await openBus(config, log))
    showConnection(bus, meters.show, meters.count)
    const databaseOf = await openDatabase(config, log, own, createPoolMeters(meters))
    const parts = await openParts(config)
    own(parts.objects)
    const limiter = own(connectRateLimiter({ url: config.REDIS_URL, log }))
    const app = await createServiceApp({ config, log, limiter, measure: meters.measure })
    const url = () => {
      const address = app.server.address()
      const port = address && typeof address === 'object' ? address.port : config.PORT
      return `http://${['127.0.0.1', '0.0.0.0', '::'].includes(config.HOST) ? 'localhost' : config.HOST}:${port}`
    }
    const setAside = countSetAside(metrics)
    const conversation = mountConversation({
      ...{ config, bus, limiter, log, setAside, ...meters },
      database: own(databaseOf(conversationOwner)),
      storage: { url },
    })
    const storage = mountStorage({
      ...{ config, bus, limiter, log, setAside, ...meters },
      ...parts,
      database: own(databaseOf(storageOwner)),
    })
    const notifier = mountNotifier({
      ...{ config, bus, limiter, log, setAside, ...meters },
      database: own(databaseOf(notifierOwner)),
    })
    const gateway = mountGateway({ config, bus, app, log, ...meters })
    gateway.resources.forEach(own)
    await serveMounts(app, [conversation, storage, notifier, gateway])
    const folder = webFolder()
    if (folder) await webPage(app, { folder })
    else log.warn('the web app is not built (npm run build): no page at /')
    return {
      services: [
        metricsServer(config, metrics),
        // before what tells of messages: in this process an event counts as kept when everybody there has heard it
        storage.service,
        notifier.service,
        conversation.service,
        httpService(app, config),
        gateway.service,
      ],
      resources,
      url,
    }
  } catch (err) {
    for (const resource of resources.toReversed()) await resource[Symbol.asyncDispose]()
    throw err
  }
}

async function openBus(config: Config, log: Logger): Promise<Bus> {
  const { NATS_URL: servers, NATS_REPLICAS: replicas } = config
  if (servers !== undefined)
    return whenReachable(log, () => connectNatsBus({ servers, name: 'standalone', ownFirst: true, replicas, log }))
  const bus = createInProcessBus()
  // who hears of messages is there before the first is told
  await bus.ensureStream(eventStream)
  return bus
}

/** The part of the database that an owner has; the process owns what they share. */
async function openDatabase(
  { DATABASE_URL: url, PARLEY_DATA: folder }: Config,
  log: Logger,
  own: <T extends AsyncDisposable>(resource: T) => T,
  meterOf: (owner: DatabaseOwner) => PoolMeter,
): Promise<(owner: DatabaseOwner) => Database> {
  const onDiskFull = tellOfRoom(log)
  if (url !== undefined)
    return (owner) =>
      openPostgres({
        ...{ url, owner, onDiskFull, meter: meterOf(owner) },
        onIdleError: (err) => log.warn({ err }, 'database connection lost'),
      })
  const embedded = own(await openPglite({ folder, template: systemTemplate, onDiskFull }))
  return (owner) => embedded.of(owner)
}
