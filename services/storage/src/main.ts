import { connectNatsBus } from '@parley/bus'
import { openPostgres } from '@parley/database'
import {
  connectRateLimiter,
  countSetAside,
  createLogger,
  createMetrics,
  createServiceApp,
  httpService,
  main,
  metricsServer,
  readConfig,
  run,
  serveMounts,
  showCounts,
  showReadings,
  tellOfRoom,
  whenReachable,
} from '@parley/runtime'
import { Config } from './config.ts'
import { mountStorage } from './mount.ts'
import { openParts } from './open-parts.ts'
import { storageOwner } from './store/owner.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'storage', level: config.LOG_LEVEL })
  const parts = await openParts(config)
  const bus = await whenReachable(log, () =>
    connectNatsBus({ servers: config.NATS_URL, name: 'storage', inboxPrefix: '_INBOX_storage', log }),
  )
  const database = openPostgres({
    url: config.DATABASE_URL,
    owner: storageOwner,
    onDiskFull: tellOfRoom(log),
    onIdleError: (err) => log.warn({ err }, 'database connection lost'),
  })
  const limiter = connectRateLimiter({ url: config.REDIS_URL, log })
  const app = await createServiceApp({ config, log, limiter })
  const metrics = createMetrics()
  const storage = mountStorage({
    ...{ config, database, bus, limiter, log },
    ...parts,
    setAside: countSetAside(metrics),
    show: showReadings(metrics),
    count: showCounts(metrics),
  })
  await serveMounts(app, [storage])
  await run({
    log,
    services: [metricsServer(config, metrics), storage.service, httpService(app, config)],
    resources: [parts.objects, database, bus, limiter],
  })
})
