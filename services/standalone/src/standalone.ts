import { type Bus, connectNatsBus, createInProcessBus } from '@parley/bus'
import {
  conversationApi,
  conversationOwner,
  conversationTemplate,
  createConversationService,
} from '@parley/conversation'
import { type Database, type DatabaseOwner, openPglite, openPostgres } from '@parley/database'
import { connectEphemeralAdapter, createGatewayService } from '@parley/gateway'
import {
  connectRedis,
  createAddressGuard,
  createHttpApp,
  createMetrics,
  createRateLimiter,
  health,
  type Logger,
  metricsServer,
  originCheck,
  type Service,
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
    const ephemeral = config.REDIS_URL === undefined ? undefined : own(connectEphemeralAdapter(config.REDIS_URL, log))
    const redis = config.REDIS_URL === undefined ? undefined : own(connectRedis(config.REDIS_URL, log))
    const limiter = createRateLimiter({ redis, log })
    const conversation = createConversationService({
      database,
      bus,
      log,
      limiter,
      demo: config.NODE_ENV === 'development',
    })
    const app = createHttpApp({ log, trustProxy: config.TRUST_PROXY })
    await app.register(health, {
      checks: {
        database: () => database.call('SELECT 1'),
        bus: () => {
          if (!bus.connected) throw new Error('not connected')
        },
        ...(ephemeral && {
          redis: {
            optional: true,
            check: () => {
              if (!ephemeral.connected) throw new Error('not connected: typing and presence are degraded')
            },
          },
        }),
      },
    })
    await app.register(conversationApi, { ...conversation, limiter, config })
    const folder = webFolder()
    if (folder) await webPage(app, { folder })
    else log.warn('the web app is not built (npm run build): no page at /')
    await app.after()
    const gateway = createGatewayService({
      http: app.server,
      bus,
      log,
      authenticate: (token) => app.authenticate(token),
      guard: createAddressGuard({ limiter, config }),
      isAllowedOrigin: originCheck(config),
      ephemeral,
      development: config.NODE_ENV !== 'production',
    })
    const http: Service = {
      name: 'http',
      async start() {
        await app.listen({ port: config.PORT, host: config.HOST })
      },
      close: () => app.close(),
    }
    return {
      services: [
        metricsServer({ registry: createMetrics(), port: config.METRICS_PORT, host: config.HOST }),
        conversation,
        http,
        gateway,
      ],
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
    : connectNatsBus({ servers: config.NATS_URL, name: 'standalone', log })
}

/** The part of the database that an owner has; the process owns what they share. */
async function openDatabase(
  { DATABASE_URL: url, PARLEY_DATA: folder }: Config,
  log: Logger,
  own: <T extends AsyncDisposable>(resource: T) => T,
): Promise<(owner: DatabaseOwner) => Database> {
  if (url !== undefined)
    return (owner) => openPostgres({ url, owner, onIdleError: (err) => log.warn({ err }, 'database connection lost') })
  const embedded = own(await openPglite({ folder, template: conversationTemplate }))
  return (owner) => embedded.of(owner)
}
