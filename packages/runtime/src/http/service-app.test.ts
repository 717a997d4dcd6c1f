import { Type } from 'typebox'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { readConfig } from '../config.ts'
import { signDevelopmentToken } from '../development-token.ts'
import { createLogger } from '../logger.ts'
import { createRateLimiter } from '../rate-limiter.ts'
import { httpSettings } from '../settings.ts'
import { createServiceApp, serveMounts } from './service-app.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const config = readConfig(Type.Object(httpSettings), {
  NODE_ENV: 'test',
  CORS_ORIGINS: 'https://app.example.com',
  TRUST_PROXY: 'loopback',
  RATE_LIMIT_IP: '3',
})
const openApp = () => createServiceApp({ config, log, limiter: createRateLimiter({ log }) })

/** A service with one operation, `GET /v1/<name>`, which answers who asked. */
const serviceOf = (name: string, check = () => {}) => ({
  checks: { [name]: check },
  routes: {
    tags: [{ name, description: `All of ${name}` }],
    async register(app: Awaited<ReturnType<typeof openApp>>) {
      await app.register(
        async (v1) => {
          v1.addHook('onRequest', app.admit)
          v1.get(`/${name}`, { schema: { operationId: name, tags: [name] } }, async ({ actor }) => actor)
        },
        { prefix: '/v1' },
      )
    },
  },
})

/** Each try has an address of its own. */
let addresses = 0
const app = await openApp()
let filesAreThere = true
await serveMounts(app, [
  serviceOf('messages'),
  serviceOf('files', () => {
    if (!filesAreThere) throw new Error('gone')
  }),
])
afterAll(() => app.close())

const authorization = `Bearer ${signDevelopmentToken({ userId: 'ana' }, config)}`

test('two services share one app: one document, one readiness, one identity', async () => {
  const { paths, tags } = (await app.inject('/openapi.json')).json()
  expect(Object.keys(paths)).toEqual(['/v1/messages', '/v1/files'])
  expect(tags.map(({ name }: { name: string }) => name)).toEqual(['messages', 'files'])

  for (const url of ['/v1/messages', '/v1/files']) {
    const headers = { authorization, origin: 'https://app.example.com' }
    const answer = await app.inject({ url, headers, remoteAddress: '10.0.0.7' })
    expect(answer.json()).toMatchObject({ userId: 'ana', ip: '10.0.0.7' })
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.example.com')
    expect((await app.inject({ url, headers: { origin: 'https://evil.example' } })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
    expect((await app.inject(url)).json()).toMatchObject({ code: 'unauthenticated', status: 401 })
  }

  expect((await app.inject('/readyz')).json()).toMatchObject({
    checks: { messages: { ok: true }, files: { ok: true } },
  })
  filesAreThere = false
  onTestFinished(() => {
    filesAreThere = true
  })
  expect((await app.inject('/readyz')).statusCode).toBe(503)
})

test('what an address may send is counted over all services, and over sockets with them', async () => {
  const headers = { authorization, 'x-forwarded-for': `203.0.113.${++addresses}` }
  const status = async (url: string) => (await app.inject({ url, headers })).statusCode
  expect([await status('/v1/messages'), await status('/v1/files')]).toEqual([200, 200])
  const request = { headers, socket: { remoteAddress: '127.0.0.1' } } as never // as of a handshake
  await app.guard(request, async () => {})
  expect(await status('/v1/files')).toBe(429)
})

test('a process without routes has neither an API nor a description of one', async () => {
  await using edge = { app: await openApp(), [Symbol.asyncDispose]: () => edge.app.close() }
  await serveMounts(edge.app, [{ checks: { bus: () => {} } }])
  expect((await edge.app.inject('/readyz')).statusCode).toBe(200)
  for (const url of ['/openapi.json', '/docs']) expect((await edge.app.inject(url)).statusCode).toBe(404)
  const authenticated = await edge.app.authenticate(authorization.slice(7))
  expect(authenticated.actor.userId).toBe('ana')
})

test('a process goes on without what one of its services does without, whichever of them comes last', async () => {
  const away = () => {
    throw new Error('not connected')
  }
  const lenient = { checks: { bus: { optional: true, check: away } } }
  const strict = { checks: { bus: away } }
  const answers = async (...mounts: Parameters<typeof serveMounts>[1]) => {
    await using edge = { app: await openApp(), [Symbol.asyncDispose]: () => edge.app.close() }
    await serveMounts(edge.app, mounts)
    const { statusCode, json } = await edge.app.inject('/readyz')
    return [statusCode, json().status]
  }
  expect(await answers(lenient, strict)).toEqual([200, 'degraded'])
  expect(await answers(strict, lenient)).toEqual([200, 'degraded'])
  expect(await answers(strict, strict)).toEqual([503, 'unavailable'])
})

test('what never changes is encoded once, and not sent again to whoever has it', async () => {
  for (const url of ['/openapi.json', '/docs/json', '/docs/yaml']) {
    const first = await app.inject(url)
    const { etag } = first.headers
    expect([url, first.statusCode, etag]).toEqual([url, 200, expect.stringMatching(/^"[\w-]{43}"$/)])
    const known = await app.inject({ url, headers: { 'if-none-match': `"another", W/${etag}` } })
    expect([url, known.statusCode, known.body]).toEqual([url, 304, ''])
    expect((await app.inject({ url, headers: { 'if-none-match': '"another"' } })).body).toBe(first.body)
  }
  const spec = (await app.inject('/openapi.json')).rawPayload
  const stringify = vi.spyOn(JSON, 'stringify')
  try {
    expect((await app.inject('/openapi.json')).rawPayload).toEqual(spec)
    expect(
      stringify.mock.calls.filter(([value]) => typeof value === 'object' && 'openapi' in (value as object)),
    ).toEqual([])
  } finally {
    stringify.mockRestore()
  }
  expect((await app.inject('/docs')).body).toContain('swagger-ui')
})
