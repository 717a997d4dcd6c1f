import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLogger, main, readConfig, run } from '@parley/runtime'
import { Config } from './config.ts'
import { processesOf } from './processes-of.ts'
import { type EdgeProxy, startProxy } from './proxy.ts'

await main(async () => {
  const config = readConfig(Config)
  const log = createLogger({ name: 'edge', level: config.LOG_LEVEL })
  const folder = join(dirname(fileURLToPath(import.meta.resolve('@parley/web/package.json'))), 'dist')
  let proxy: EdgeProxy | undefined
  await run({
    log,
    services: [
      {
        name: 'proxy',
        async start() {
          proxy = await startProxy({
            conversations: processesOf(config.EDGE_CONVERSATIONS),
            gateways: processesOf(config.EDGE_GATEWAYS),
            storages: processesOf(config.EDGE_STORAGES),
            notifiers: processesOf(config.EDGE_NOTIFIERS),
            host: config.HOST,
            port: config.PORT,
            webFolder: existsSync(join(folder, 'index.html')) ? folder : undefined,
          })
          log.info({ address: proxy.url }, 'listening')
        },
        async close() {
          await proxy?.close()
        },
      },
    ],
  })
})
