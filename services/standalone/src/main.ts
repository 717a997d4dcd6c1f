import { createLogger, main, readConfig, run } from '@parley/runtime'
import { Config } from './config.ts'
import { createStandalone } from './standalone.ts'

/** For everything but moving sockets. */
const CLOSING_MS = 8_000

await main(async () => {
  const started = performance.now()
  const config = readConfig(Config)
  const log = createLogger({ name: 'standalone', level: config.LOG_LEVEL, pretty: config.NODE_ENV !== 'production' })
  const { services, resources, url } = await createStandalone(config, log)
  const greeting = {
    name: 'greeting',
    async start() {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      const parts = [
        config.DATABASE_URL ? 'Postgres' : `embedded database in ${config.PARLEY_DATA}`,
        config.NATS_URL ? 'NATS' : 'bus in this process',
        config.REDIS_URL ? 'Redis' : 'presence in this process',
      ]
      process.stdout.write(
        `\n  Parley is ready in ${seconds} s (${parts.join(', ')})\n\n` +
          `    open     ${url()}\n` +
          `    API      ${url()}/docs\n` +
          (config.NODE_ENV === 'production'
            ? '\n'
            : `    a token  npm run token -- --user ana --role customer\n    stop     Ctrl-C\n\n`),
      )
    },
    close: async () => {},
  }
  await run({ log, services: [...services, greeting], resources, graceMs: config.DRAIN_MS + CLOSING_MS })
})
