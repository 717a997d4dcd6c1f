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
  showDurations,
  showReadings,
  tellOfRoom,
  whenReachable,
} from '@parley/runtime'
import { Config } from './config.ts'
import { mountConversation } from './mount.ts'
import { conversationOwner } from './store/owner.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'conversation', level: config.LOG_LEVEL })
  const bus = await whenReachable(log, () =>
    connectNatsBus({
      servers: config.NATS_URL,
      name: 'conversation',
      inboxPrefix: '_INBOX_conversation',
      log,
    }),
  )
  const database = openPostgres({
    url: config.DATABASE_URL,
    owner: conversationOwner,
    onDiskFull: tellOfRoom(log),
    onIdleError: (err) => log.warn({ err }, 'database connection lost'),
  })
  const limiter = connectRateLimiter({ url: config.REDIS_URL, log })
  const app = await createServiceApp({ config, log, limiter })
  const metrics = createMetrics()
  const { STORAGE_URL } = config
  const conversation = mountConversation({
    config,
    database,
    bus,
    limiter,
    log,
    storage: STORAGE_URL === undefined ? undefined : { url: () => STORAGE_URL },
    setAside: countSetAside(metrics),
    show: showReadings(metrics),
    count: showCounts(metrics),
    time: showDurations(metrics),
  })
  await serveMounts(app, [conversation])
  await run({
    log,
    services: [metricsServer(config, metrics), conversation.service, httpService(app, config)],
    resources: [database, bus, limiter],
  })
})
