import { connectNatsBus, showConnection } from '@parley/bus'
import {
  connectRateLimiter,
  createLogger,
  createMeters,
  createMetrics,
  createServiceApp,
  httpService,
  main,
  metricsServer,
  readConfig,
  run,
  serveMounts,
  whenReachable,
} from '@parley/runtime'
import { startTracing } from '@parley/tracing'
import { Config } from './config.ts'
import { mountGateway } from './mount.ts'

/** For everything but moving sockets. */
const CLOSING_MS = 8_000

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'gateway', level: config.LOG_LEVEL })
  const tracing = await startTracing(config, 'gateway')
  const metrics = createMetrics()
  const meters = createMeters(metrics)
  const bus = await whenReachable(log, () =>
    connectNatsBus({ servers: config.NATS_URL, name: 'gateway', inboxPrefix: '_INBOX_gateway', log }),
  )
  showConnection(bus, meters.show, meters.count)
  const limiter = connectRateLimiter({ url: config.REDIS_URL, log })
  const app = await createServiceApp({ config, log, limiter, measure: meters.measure })
  const gateway = mountGateway({ config, bus, app, log, ...meters })
  await serveMounts(app, [gateway])
  await run({
    log,
    services: [metricsServer(config, metrics), httpService(app, config), gateway.service],
    resources: [tracing, bus, limiter, ...gateway.resources],
    graceMs: config.DRAIN_MS + CLOSING_MS,
  })
})
