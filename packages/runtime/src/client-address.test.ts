import { describe, expect, test } from 'vitest'
import { clientAddress, isPublicAddress, trustedProxies } from './client-address.ts'
import { createHttpApp } from './http-app.ts'
import { createLogger } from './logger.ts'

const log = createLogger({ name: 'test', level: 'silent' })

/** What a request seems to come from, to `clientAddress` and to Fastify. */
async function addressesOf(trustProxy: string[], remoteAddress: string, forwardedFor?: string) {
  const app = createHttpApp({ log, trustProxy })
  const trust = trustedProxies(trustProxy)
  app.get('/', async (request) => ({ ours: clientAddress(request.raw, trust), fastify: request.ip }))
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  const reply = await app.inject({ url: '/', remoteAddress, headers })
  await app.close()
  return reply.json()
}

describe('the address of a client', () => {
  test.each<[string, string[], string, string | undefined, string]>([
    ['without a proxy it is who connected', [], '203.0.113.9', undefined, '203.0.113.9'],
    ['without TRUST_PROXY nobody is believed', [], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a stranger is not believed', ['10.0.0.0/8'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a trusted proxy is', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['what the client wrote itself is not', ['loopback'], '127.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['so many proxies are', ['2'], '10.1.2.3', '1.1.1.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['a proxy that adds nothing is the client', ['1'], '10.1.2.3', undefined, '10.1.2.3'],
    ['IPv6 as well', ['uniquelocal'], 'fd00::7', '2001:db8::1', '2001:db8::1'],
  ])('%s', async (_, trustProxy, remoteAddress, forwardedFor, address) => {
    expect(await addressesOf(trustProxy, remoteAddress, forwardedFor)).toEqual({ ours: address, fastify: address })
  })

  test.each([
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:5312', '203.0.113.9'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['unknown', 'unknown'],
  ])('%s, as some proxies write it, is %s', async (written, address) => {
    expect((await addressesOf(['loopback'], '127.0.0.1', written)).ours).toBe(address)
  })

  test('one that is gone has none', async () => {
    const request = { headers: {}, socket: {} } as never
    for (const proxies of [[], ['1'], ['loopback'], ['loopback', '10.0.0.0/8']])
      expect(clientAddress(request, trustedProxies(proxies))).toBeUndefined()
  })
})

test.each([
  '203.0.113.9',
  '8.8.8.8',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.0.1',
  '192.167.0.1',
  '2001:db8::1',
  '::ffff:8.8.8.8',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  '127.0.0.1',
  '127.9.9.9',
  '::1',
  '10.255.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.1.1',
  '100.64.0.1',
  'fe80::1',
  'fd12:3456::1',
  'fc00::1',
  '::ffff:10.0.0.1',
  'unknown',
  '',
])('"%s" is not', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})
