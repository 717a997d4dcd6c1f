import { type Bus, connectNatsBus, createInProcessBus } from '@parley/bus'
import { conversationOwner, conversationTemplate, mountConversation } from '@parley/conversation'
import { type Database, type DatabaseOwner, openPglite, openPostgres } from '@parley/database'
import { mountGateway } from '@parley/gateway'
import {
  connectRateLimiter,
  countSetAside,
  createMetrics,
  createServiceApp,
  httpService,
  type Logger,
  metricsServer,
  type Service,
  serveMounts,
  showReadings,
  tellOfRoom,
  whenReachable,
} from '@parley/runtime'
import type { Config } from './config.ts'
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
    const bus = own(await openBus(config, log))
    const database = own((await openDatabase(config, log, own))(conversationOwner))
    const limiter = own(connectRateLimiter({ url: config.REDIS_URL, log }))
    const app = await createServiceApp({ config, log, limiter })
    const metrics = createMetrics()
    const conversation = mountConversation({
      config,
      database,
      bus,
      limiter,
      log,
      setAside: countSetAside(metrics),
      show: showReadings(metrics),
    })
    const gateway = mountGateway({ config, bus, app, log })
    gateway.resources.forEach(own)
    await serveMounts(app, [conversation, gateway])
    const folder = webFolder()
    if (folder) await webPage(app, { folder })
    else log.warn('the web app is not built (npm run build): no page at /')
    return {
      services: [metricsServer(config, metrics), conversation.service, httpService(app, config), gateway.service],
      resources,
      url() {
        const address = app.server.address()
        const port = address && typeof address === 'object' ? address.port : config.PORT
        return `http://${['127.0.0.1', '0.0.0.0', '::'].includes(config.HOST) ? 'localhost' : config.HOST}:${port}`
      },
    }
  } catch (err) {
    for (const resource of resources.toReversed()) await resource[Symbol.asyncDispose]()
    throw err
  }
}

async function openBus(config: Config, log: Logger): Promise<Bus> {
  return config.NATS_URL === undefined
    ? createInProcessBus()
    : whenReachable(log, () => connectNatsBus({ servers: config.NATS_URL!, name: 'standalone', log }))
}

/** The part of the database that an owner has; the process owns what they share. */
async function openDatabase(
  { DATABASE_URL: url, PARLEY_DATA: folder }: Config,
  log: Logger,
  own: <T extends AsyncDisposable>(resource: T) => T,
): Promise<(owner: DatabaseOwner) => Database> {
  const onDiskFull = tellOfRoom(log)
  if (url !== undefined)
    return (owner) =>
      openPostgres({ url, owner, onDiskFull, onIdleError: (err) => log.warn({ err }, 'database connection lost') })
  const embedded = own(await openPglite({ folder, template: conversationTemplate, onDiskFull }))
  return (owner) => embedded.of(owner)
}
