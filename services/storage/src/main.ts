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
import { mountStorage } from './mount.ts'
import { openParts } from './open-parts.ts'
import { storageOwner } from './store/owner.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'storage', level: config.LOG_LEVEL })
  const tracing = await startTracing(config, 'storage')
  const metrics = createMetrics()
  const meters = createMeters(metrics)
  const parts = await openParts(config)
  const bus = await whenReachable(log, () =>
    connectNatsBus({ servers: config.NATS_URL, name: 'storage', inboxPrefix: '_INBOX_storage', log }),
  )
  showConnection(bus, meters.show, meters.count)
  const database = openPostgres({
    url: config.DATABASE_URL,
    owner: storageOwner,
    meter: createPoolMeters(meters)(storageOwner),
    onDiskFull: tellOfRoom(log),
    onIdleError: (err) => log.warn({ err }, 'database connection lost'),
  })
  const limiter = connectRateLimiter({ url: config.REDIS_URL, log })
  const app = await createServiceApp({ config, log, limiter, measure: meters.measure })
  const storage = mountStorage({
    ...{ config, database, bus, limiter, log },
    ...parts,
    setAside: countSetAside(metrics),
    ...meters,
  })
  await serveMounts(app, [storage])
  await run({
    log,
    services: [metricsServer(config, metrics), storage.service, httpService(app, config)],
    resources: [tracing, parts.objects, database, bus, limiter],
  })
})
