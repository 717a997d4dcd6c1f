import { connectNatsBus } from '@parley/bus'
import {
  connectRateLimiter,
  createLogger,
  createServiceApp,
  httpService,
  main,
  metricsServer,
  readConfig,
  run,
  serveMounts,
  whenReachable,
} from '@parley/runtime'
import { Config } from './config.ts'
import { mountGateway } from './mount.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'gateway', level: config.LOG_LEVEL })
  const bus = await whenReachable(log, () =>
    connectNatsBus({ servers: config.NATS_URL, name: 'gateway', inboxPrefix: '_INBOX_gateway', log }),
  )
  const limiter = connectRateLimiter({ url: config.REDIS_URL, log })
  const app = await createServiceApp({ config, log, limiter })
  const gateway = mountGateway({ config, bus, app, log })
  await serveMounts(app, [gateway])
  await run({
    log,
    services: [metricsServer(config), httpService(app, config), gateway.service],
    resources: [bus, limiter, ...gateway.resources],
  })
})
