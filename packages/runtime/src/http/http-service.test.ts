import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { health } from '../health.ts'
import { createHttpApp } from '../http-app.ts'
import { createLogger } from '../logger.ts'
import { run } from '../service.ts'
import { httpService } from './http-service.ts'

test('from the moment that its process is to end it is not ready, and answers as before while others close', async () => {
  const log = createLogger({ name: 'test', level: 'silent' })
  const app = createHttpApp({ log, trustProxy: [] })
  await app.register(health, { checks: {} })
  const ask = async (path: string) => {
    const { port } = app.server.address() as AddressInfo
    return (await fetch(`http://127.0.0.1:${port}${path}`)).status
  }
  const ending = new AbortController()
  const statuses: number[] = []
  const mover = {
    name: 'mover',
    async start() {
      statuses.push(await ask('/readyz'))
      ending.abort()
    },
    async close() {
      statuses.push(await ask('/readyz'), await ask('/healthz'))
    },
  }
  await run({ log, services: [httpService(app, { PORT: 0, HOST: '127.0.0.1' }), mover], signal: ending.signal })
  expect(statuses).toEqual([200, 503, 200])
})
