import { connectNatsBus, showConnection } from '@parley/bus'
import { createPoolMeters, openPostgres } from '@parley/database'
import {
  connectRateLimiter,
  countSetAside,
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
  tellOfRoom,
  whenReachable,
} from '@parley/runtime'
import { startTracing } from '@parley/tracing'
import { Config } from './config.ts'
import { mountNotifier } from './mount.ts'
import { notifierOwner } from './store/owner.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'notifier', level: config.LOG_LEVEL })
  const tracing = await startTracing(config, 'notifier')
  const metrics = createMetrics()
  const meters = createMeters(metrics)
  const bus = await whenReachable(log, () =>
    connectNatsBus({ servers: config.NATS_URL, name: 'notifier', inboxPrefix: '_INBOX_notifier', log }),
  )
  showConnection(bus, meters.show, meters.count)
  const database = openPostgres({
    url: config.DATABASE_URL,
    owner: notifierOwner,
    meter: createPoolMeters(meters)(notifierOwner),
    onDiskFull: tellOfRoom(log),
    onIdleError: (err) => log.warn({ err }, 'database connection lost'),
  })
  const limiter = connectRateLimiter({ url: config.REDIS_URL, log })
  const app = await createServiceApp({ config, log, limiter, measure: meters.measure })
  const notifier = mountNotifier({
    ...{ config, database, bus, limiter, log },
    setAside: countSetAside(metrics),
    ...meters,
  })
  await serveMounts(app, [notifier])
  await run({
    log,
    services: [metricsServer(config, metrics), notifier.service, httpService(app, config)],
    resources: [tracing, database, bus, limiter],
  })
})
