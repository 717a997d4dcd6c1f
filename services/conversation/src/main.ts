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
import { mountConversation } from './mount.ts'
import { conversationOwner } from './store/owner.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'conversation', level: config.LOG_LEVEL })
  const tracing = await startTracing(config, 'conversation')
  const metrics = createMetrics()
  const meters = createMeters(metrics)
  const bus = await whenReachable(log, () =>
    connectNatsBus({
      servers: config.NATS_URL,
      name: 'conversation',
      inboxPrefix: '_INBOX_conversation',
      replicas: config.NATS_REPLICAS,
      log,
    }),
  )
  showConnection(bus, meters.show, meters.count)
  const database = openPostgres({
    url: config.DATABASE_URL,
    owner: conversationOwner,
    meter: createPoolMeters(meters)(conversationOwner),
    onDiskFull: tellOfRoom(log),
    onIdleError: (err) => log.warn({ err }, 'database connection lost'),
  })
  const limiter = connectRateLimiter({ url: config.REDIS_URL, log })
  const app = await createServiceApp({ config, log, limiter, measure: meters.measure })
  const { STORAGE_URL } = config
  const conversation = mountConversation({
    config,
    database,
    bus,
    limiter,
    log,
    storage: STORAGE_URL === undefined ? undefined : { url: () => STORAGE_URL },
    setAside: countSetAside(metrics),
    ...meters,
  })
  await serveMounts(app, [conversation])
  await run({
    log,
    services: [metricsServer(config, metrics), conversation.service, httpService(app, config)],
    resources: [tracing, database, bus, limiter],
  })
})
