import { connectNatsBus } from '@parley/bus'
import {
  connectRedis,
  createAddressGuard,
  createHttpApp,
  createLogger,
  createMetrics,
  createRateLimiter,
  health,
  identity,
  main,
  metricsServer,
  originCheck,
  readConfig,
  run,
} from '@parley/runtime'
import { Config } from './config.ts'
import { connectEphemeralAdapter } from './ephemeral-adapter.ts'
import { createGatewayService } from './service.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'gateway', level: config.LOG_LEVEL })
  const bus = await connectNatsBus({ servers: config.NATS_URL, name: 'gateway', inboxPrefix: '_INBOX_gateway', log })
  const ephemeral = connectEphemeralAdapter(config.REDIS_URL, log)
  const redis = connectRedis(config.REDIS_URL, log)
  const app = createHttpApp({ log, trustProxy: config.TRUST_PROXY })
  await app.register(identity, { config })
  await app.register(health, {
    checks: {
      bus: () => {
        if (!bus.connected) throw new Error('not connected')
      },
      redis: {
        optional: true,
        check: () => {
          if (!ephemeral.connected) throw new Error('not connected: typing and presence are degraded')
        },
      },
    },
  })
  const gateway = createGatewayService({
    http: app.server,
    bus,
    log,
    authenticate: app.authenticate,
    guard: createAddressGuard({ limiter: createRateLimiter({ redis, log }), config }),
    isAllowedOrigin: originCheck(config),
    ephemeral,
    development: config.NODE_ENV !== 'production',
  })
  await run({
    log,
    services: [
      metricsServer({ registry: createMetrics(), port: config.METRICS_PORT, host: config.HOST }),
      {
        name: 'http',
        async start() {
          await app.listen({ port: config.PORT, host: config.HOST })
        },
        close: () => app.close(),
      },
      gateway,
    ],
    resources: [bus, ephemeral, redis],
  })
})
