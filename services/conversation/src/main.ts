import { connectNatsBus } from '@parley/bus'
import { openPostgres } from '@parley/database'
import {
  connectRedis,
  createHttpApp,
  createLogger,
  createMetrics,
  createRateLimiter,
  health,
  main,
  metricsServer,
  readConfig,
  run,
} from '@parley/runtime'
import { Config } from './config.ts'
import { conversationApi } from './http/api.ts'
import { httpService } from './http/http-service.ts'
import { createConversationService } from './service.ts'
import { conversationOwner } from './store/owner.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'conversation', level: config.LOG_LEVEL })
  const bus = await connectNatsBus({
    servers: config.NATS_URL,
    name: 'conversation',
    inboxPrefix: '_INBOX_conversation',
    log,
  })
  const database = openPostgres({
    url: config.DATABASE_URL,
    owner: conversationOwner,
    onIdleError: (err) => log.warn({ err }, 'database connection lost'),
  })
  const redis = config.REDIS_URL === undefined ? undefined : connectRedis(config.REDIS_URL, log)
  const limiter = createRateLimiter({ redis, log })
  const service = createConversationService({
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
      ...(redis && {
        redis: {
          optional: true,
          check: () => {
            if (redis.status !== 'ready') throw new Error('not connected: each process counts its own rate limits')
          },
        },
      }),
    },
  })
  await app.register(conversationApi, { ...service, limiter, config })
  await run({
    log,
    services: [
      metricsServer({ registry: createMetrics(), port: config.METRICS_PORT, host: config.HOST }),
      service,
      httpService(app, config),
    ],
    resources: [database, bus, ...(redis ? [redis] : [])],
  })
})
