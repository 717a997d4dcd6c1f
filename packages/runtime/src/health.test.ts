import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort } from '@parley/testkit'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { type HealthOptions, health } from './health.ts'
import { createHttpApp } from './http-app.ts'
import { createLogger } from './logger.ts'
import { createMetrics, metricsServer } from './metrics.ts'

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}

async function appWith(options: HealthOptions, routes: (app: FastifyInstance) => void = () => {}) {
  const lines: string[] = []
  const log = createLogger({ name: 'test', level: 'debug', destination: { write: (line) => lines.push(line) } })
  const app = createHttpApp({ log })
  opened.push(app)
  await app.register(health, options)
  routes(app)
  await app.ready()
  return { app, lines }
}

test('a process is live and ready, without a token and without a log line', async () => {
  const { app, lines } = await appWith({ checks: { postgres: async () => {} } })
  expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' })
  const ready = await app.inject('/readyz')
  expect(ready.statusCode).toBe(200)
  expect(ready.json()).toEqual({ status: 'ok', checks: { postgres: { ok: true } } })
  expect(lines).toEqual([])
})

test('whether it is alive asks nothing that it depends on; whether it is ready asks all of it', async () => {
  const asked: string[] = []
  const checkOf = (name: string) => async () => void asked.push(name)
  const { app } = await appWith({
    checks: { postgres: checkOf('postgres'), redis: { optional: true, check: checkOf('redis') } },
  })
  expect((await app.inject('/healthz')).statusCode).toBe(200)
  expect(asked).toEqual([])
  await app.inject('/readyz')
  expect(asked).toEqual(['postgres', 'redis'])
})

test('a failing or silent check makes it unready, and says nothing secret', async () => {
  const { app, lines } = await appWith({
    timeoutMs: 50,
    checks: {
      postgres: async () => {
        throw Object.assign(new Error('connect postgres://u:hunter2@db'), { code: 'ECONNREFUSED' })
      },
      nats: () => new Promise(() => {}),
      disk: () => {
        throw new Error('/srv/secret is full')
      },
    },
  })
  const ready = await app.inject('/readyz')
  expect(ready.statusCode).toBe(503)
  expect(ready.json()).toEqual({
    status: 'unavailable',
    checks: {
      postgres: { ok: false, detail: 'ECONNREFUSED' },
      nats: { ok: false, detail: 'no answer within 50 ms' },
      disk: { ok: false, detail: 'failed' },
    },
  })
  expect((await app.inject('/healthz')).statusCode).toBe(200)
  await app.inject('/readyz')
  expect(lines.filter((line) => line.includes('check fails'))).toHaveLength(3)
})

test('an optional check only degrades', async () => {
  const redis = { optional: true, check: () => Promise.reject(new Error('down')) }
  const { app } = await appWith({ checks: { redis } })
  const ready = await app.inject('/readyz')
  expect(ready.statusCode).toBe(200)
  expect(ready.json()).toMatchObject({ status: 'degraded', checks: { redis: { ok: false } } })
})

test('checks run once however many ask', async () => {
  let runs = 0
  const slow = async () => {
    runs++
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  const { app } = await appWith({ checks: { slow } })
  await Promise.all(Array.from({ length: 10 }, () => app.inject('/readyz')))
  expect(runs).toBe(1)
})

test('draining: unready, but everything else goes on', async () => {
  const { app } = await appWith({ checks: {} })
  app.drain()
  const ready = await app.inject('/readyz')
  expect(ready.statusCode).toBe(503)
  expect(ready.json().status).toBe('draining')
  expect((await app.inject('/healthz')).statusCode).toBe(200)
})

test('closing lets a request that runs come to its end, and does not wait for its connection to time out', async () => {
  const { app } = await appWith({ checks: {} }, (slow) => {
    slow.get('/slow', async () => {
      arrived.resolve()
      await new Promise((resolve) => setTimeout(resolve, 200))
      return { done: true }
    })
  })
  const arrived = deferred()
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })
  const reply = new Promise<number | undefined>((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: '/slow', agent }, (response) => {
      resolve(response.resume().statusCode)
    })
    request.on('error', reject)
  })
  await arrived.promise
  const started = performance.now()
  await app.close()
  expect(await reply).toBe(200)
  expect(performance.now() - started).toBeLessThan(1500)
})

test('metrics are served on a port of their own, and not at all on port 0', async () => {
  const registry = createMetrics()
  const off = metricsServer({ METRICS_PORT: 0, HOST: '127.0.0.1' }, registry)
  await off.start()
  await off.close()
  const port = await freePort()
  const server = metricsServer({ METRICS_PORT: port, HOST: '127.0.0.1' }, registry)
  await server.start()
  opened.push(server)
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`)
  expect(await reply.text()).toContain('process_cpu_seconds_total')
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404)
})
