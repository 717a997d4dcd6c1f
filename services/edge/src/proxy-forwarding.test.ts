import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAddressGuard, createLogger, createRateLimiter, originCheck } from '@parley/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { type ProxyOptions, startProxy } from './proxy.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Answer = Record<'for' | 'host' | 'port' | 'proto' | 'limited' | 'ofThisSite', unknown>

/** What a service that believes so many proxies makes of a request: it lets an address ask twice, and pages of its own site in. */
async function startService(proxies: string): Promise<string> {
  const config = { RATE_LIMIT_IP: 2, TRUST_PROXY: [proxies], CORS_ORIGINS: [], NODE_ENV: 'production' }
  const guard = createAddressGuard({ limiter: createRateLimiter({ log }), config })
  const isAllowed = originCheck(config)
  const look = async (asked: IncomingMessage): Promise<string> => {
    const limited = await guard.count(asked).then(
      () => false,
      () => true,
    )
    const ofThisSite = isAllowed(asked.headers.origin, asked)
    const said = (what: string) => asked.headers[`x-forwarded-${what}`]
    const answer: Answer = {
      ...{ for: said('for'), host: said('host'), port: said('port'), proto: said('proto') },
      ...{ limited, ofThisSite },
    }
    return JSON.stringify(answer)
  }
  const server = createServer(async (asked, response) => {
    if (asked.url === '/readyz' || asked.url === '/healthz') return void response.end()
    response.end(await look(asked))
  })
  // An answer instead of the upgrade is handed on.
  server.on('upgrade', async (asked, socket) => {
    socket.end(`HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n${await look(asked)}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Nobody listens there any more. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return `http://127.0.0.1:${port}`
}

async function startEdge(proxies: string, dead: string[] = []) {
  const all = [...dead, await startService(proxies)].map((url, i) => ({ name: `s${i}`, url }))
  const kinds = { conversations: all, gateways: all, storages: all, notifiers: all } satisfies Partial<ProxyOptions>
  const edge = await startProxy({ ...kinds, host: '127.0.0.1', port: 0 })
  cleanups.push(() => edge.close())
  return {
    port: new URL(edge.url).port,
    async ask(path: string, headers: Record<string, string>): Promise<Answer> {
      const upgrade = path === WEBSOCKET ? { connection: 'Upgrade', upgrade: 'websocket' } : {}
      const outgoing = request(edge.url + path, { agent: false, headers: { ...upgrade, ...headers } }).end()
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
      return JSON.parse(await text(answer))
    },
  }
}

const WEBSOCKET = '/socket.io/?EIO=4&transport=websocket'
const PATHS = ['/v1/me', '/v1/attachments/1', '/socket.io/?EIO=4&transport=polling', WEBSOCKET]
const FORGED = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-port': '1',
  'x-forwarded-proto': 'https',
}

describe.each(PATHS)('of a request for %s', (path) => {
  test('the service is told who sent it, behind what the client wrote itself, once', async () => {
    const edge = await startEdge('1', [await deadUrl(), await deadUrl()])
    const seen = { for: '127.0.0.1', host: `127.0.0.1:${edge.port}`, port: edge.port, proto: 'http' }
    expect(await edge.ask(path, {})).toMatchObject(seen)
    expect(await edge.ask(path, FORGED)).toMatchObject({
      for: `203.0.113.9, ${seen.for}`,
      host: `evil.example, ${seen.host}`,
      port: `1, ${seen.port}`,
      proto: `https, ${seen.proto}`,
    })
  })

  test('a client that writes the address of somebody else does not use up what is theirs', async () => {
    const edge = await startEdge('1')
    for (let i = 0; i < 4; i++) expect(await edge.ask(path, FORGED)).toMatchObject({ limited: false })
  })

  test('behind one more proxy it is limited by the address that this proxy saw, whatever the client wrote', async () => {
    const edge = await startEdge('2')
    const limited: unknown[] = []
    for (const wrote of ['198.51.100.1', '198.51.100.2', '10.0.0.1'])
      limited.push((await edge.ask(path, { 'x-forwarded-for': `${wrote}, 203.0.113.9` })).limited)
    expect(limited).toEqual([false, false, true])
  })

  test('a page is of the site that the client asked, whatever it wrote', async () => {
    const edge = await startEdge('1')
    const ofEvil = { ...FORGED, origin: 'https://evil.example' }
    expect(await edge.ask(path, ofEvil)).toMatchObject({ ofThisSite: false })
    expect(await edge.ask(path, { origin: `http://127.0.0.1:${edge.port}` })).toMatchObject({ ofThisSite: true })
  })

  test('and behind one more proxy of the site that this proxy was asked for, by TLS', async () => {
    const edge = await startEdge('2')
    const byProxy = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'chat.example.com',
      'x-forwarded-proto': 'https',
    }
    const ofSite = (origin: string) => edge.ask(path, { ...byProxy, origin })
    expect(await ofSite('https://chat.example.com')).toMatchObject({ ofThisSite: true })
    expect(await ofSite('http://chat.example.com')).toMatchObject({ ofThisSite: false })
  })
})
