import { ParleyError } from '@parley/contracts'
import { expect, test } from 'vitest'
import { createAddressGuard } from './address-guard.ts'
import { createHttpApp } from './http-app.ts'
import { createLogger } from './logger.ts'
import { createRateLimiter } from './rate-limiter.ts'

const log = createLogger({ name: 'test', level: 'silent' })

/** An API that knows one token. */
function startApi(points: number, trustProxy: string[] = []) {
  const config = { RATE_LIMIT_IP: points, TRUST_PROXY: trustProxy }
  const guard = createAddressGuard({ limiter: createRateLimiter({ log }), config })
  const app = createHttpApp({ log, trustProxy })
  app.addHook('onRequest', (request) =>
    guard(request.raw, async () => {
      if (request.headers.authorization !== 'right') throw new ParleyError('unauthenticated', 'Wrong')
    }),
  )
  app.get('/', async () => 'let in')
  return {
    ask: (remoteAddress: string, headers: Record<string, string> = {}) =>
      app.inject({ url: '/', remoteAddress, headers: { authorization: 'right', ...headers } }),
    /** The statuses of so many requests. */
    async askOften(times: number, remoteAddress: string, headers?: Record<string, string>) {
      const statuses: number[] = []
      for (let i = 0; i < times; i++) statuses.push((await this.ask(remoteAddress, headers)).statusCode)
      return statuses
    },
  }
}
const wrong = { authorization: 'wrong' }

test('an address that sends too much is refused with the time to wait, and others are not', async () => {
  const api = startApi(3)
  expect(await api.askOften(4, '203.0.113.9')).toEqual([200, 200, 200, 429])
  const refusal = await api.ask('203.0.113.9')
  expect(refusal.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(refusal.json()).toMatchObject({ status: 429, code: 'rate_limited' })
  expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(refusal.headers['retry-after'])).toBeLessThanOrEqual(10)
  expect(await api.askOften(1, '203.0.113.10')).toEqual([200])
})

test('who guesses is stopped after a tenth of the requests', async () => {
  const api = startApi(30)
  expect(await api.askOften(4, '203.0.113.9', wrong)).toEqual([401, 401, 401, 429])
  expect(await api.askOften(1, '203.0.113.9')).toEqual([429])
})

test('a small limit leaves room for one mistake', async () => {
  const api = startApi(5)
  expect(await api.askOften(2, '203.0.113.9', wrong)).toEqual([401, 429])
})

test('an IPv6 client is not another one with another address of its own network', async () => {
  const api = startApi(1)
  const network = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0DB8:0001:0002::9']
  expect(await api.askOften(1, network[0]!)).toEqual([200])
  for (const address of network) expect(await api.askOften(1, address)).toEqual([429])
  for (const other of ['2001:db8:1:3::1', '2001:db8::1', '2001:db8:1::2', '2001::1'])
    expect(await api.askOften(2, other)).toEqual([200, 429])
})

test('an IPv4 client is the same in the form that it has on a socket for both', async () => {
  const api = startApi(1)
  expect(await api.askOften(1, '203.0.113.9')).toEqual([200])
  expect(await api.askOften(1, '::ffff:203.0.113.9')).toEqual([429])
})

test.each(['127.0.0.1', '::1', '10.0.0.7', '192.168.0.7', 'fd00::7', 'fe80::7'])(
  '%s is not limited',
  async (address) => {
    expect(await startApi(1).askOften(3, address)).toEqual([200, 200, 200])
  },
)

test('0 turns it off', async () => {
  expect(await startApi(0).askOften(3, '203.0.113.9')).toEqual([200, 200, 200])
})

test('behind a trusted proxy each of its clients is limited', async () => {
  const api = startApi(1, ['uniquelocal'])
  expect(await api.askOften(2, '10.0.0.7', { 'x-forwarded-for': '203.0.113.9' })).toEqual([200, 429])
  expect(await api.askOften(2, '10.0.0.7', { 'x-forwarded-for': '203.0.113.10' })).toEqual([200, 429])
  expect(await api.askOften(1, '10.0.0.7', { 'x-forwarded-for': '1.1.1.1, 203.0.113.10' })).toEqual([429])
})

test('a client that names another address each time is not believed', async () => {
  const api = startApi(1)
  expect(await api.askOften(1, '203.0.113.9', { 'x-forwarded-for': '198.51.100.1' })).toEqual([200])
  expect(await api.askOften(1, '203.0.113.9', { 'x-forwarded-for': '198.51.100.2' })).toEqual([429])
  expect(await api.askOften(1, '203.0.113.9', { 'x-forwarded-for': '127.0.0.1' })).toEqual([429])
})
