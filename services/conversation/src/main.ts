import { connectNatsBus } from '@parley/bus'
import { openPostgres } from '@parley/postgres'
import {
  createHttpApp,
  createLogger,
  createMetrics,
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
    onIdleError: (err) => log.warn({ err }, 'database connection lost'),
  })
  const service = createConversationService({
    database,
    bus,
    log,
    demo: config.NODE_ENV === 'development',
  })
  const app = createHttpApp({ log, trustProxy: config.TRUST_PROXY })
  await app.register(health, {
    checks: {
      database: () => database.call('SELECT 1'),
      bus: () => {
        if (!bus.connected) throw new Error('not connected')
      },
    },
  })
  await app.register(conversationApi, { chat: service.chat, config })
  await run({
    log,
    services: [
      metricsServer({ registry: createMetrics(), port: config.METRICS_PORT, host: config.HOST }),
      service,
      httpService(app, config),
    ],
    resources: [database, bus],
  })
})
