import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type EdgeProxy, type ProxyOptions, startProxy } from './proxy.ts'
import type { Upstream } from './upstreams.ts'

/** An HTTP and WebSocket server that says its name; what is sent over an upgraded connection comes back. */
interface Toy extends Upstream {
  ready: boolean
  /** Accepts connections and says nothing, like a process that is paused. */
  hung: boolean
  /** Takes longer than the proxy waits to say that it is not ready, as with a database that hangs. */
  slow: boolean
  seen: IncomingMessage[]
  /** Cuts everything and refuses connections, like a process that was killed. */
  die(): Promise<void>
  revive(): Promise<void>
}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function toy(name: string): Promise<Toy> {
  const upgraded = new Set<Socket>()
  let server: Server
  const listen = async (port: number) => {
    server = createServer(async (incoming, response) => {
      if (self.hung) return
      if (incoming.url === '/healthz') return void response.end('{}')
      if (incoming.url === '/readyz' && self.slow) return void setTimeout(() => response.writeHead(503).end(), 1_000)
      if (incoming.headers['x-toy'] === 'take your time') await sleep(4_000)
      if (incoming.url === '/readyz') return void response.writeHead(self.ready ? 200 : 503).end()
      self.seen.push(incoming)
      if (incoming.headers['x-toy'] === 'hang up') return void incoming.socket.destroy()
      let body = ''
      for await (const chunk of incoming) body += chunk
      const { searchParams } = new URL(incoming.url ?? '/', 'http://toy')
      if (searchParams.get('transport') === 'polling' && !searchParams.has('sid')) {
        return void response.end(`0{"sid":"session-of-${name}","upgrades":["websocket"]}`)
      }
      response.setHeader('x-toy', name)
      response.end(JSON.stringify({ name, body, method: incoming.method, url: incoming.url }))
    })
    server.on('upgrade', (incoming, socket: Socket) => {
      self.seen.push(incoming)
      if (incoming.url?.includes('refused')) {
        return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\nconnection: close\r\n\r\nnot me')
      }
      upgraded.add(socket)
      socket.on('error', () => {})
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nx-toy: ${name}\r\n\r\n`,
      )
      socket.pipe(socket)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const self: Toy = {
    name,
    url: '',
    ready: true,
    hung: false,
    slow: false,
    seen: [],
    async die() {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      await once(server, 'close')
    },
    revive: async () => void (await listen(Number(new URL(self.url).port))),
  }
  self.url = `http://127.0.0.1:${await listen(0)}`
  cleanups.push(self.die)
  return self
}

async function start(more: Partial<ProxyOptions> = {}): Promise<{ proxy: EdgeProxy; c: Toy[]; g: Toy[] }> {
  const c = [await toy('c1'), await toy('c2')]
  const g = [await toy('g1'), await toy('g2')]
  const proxy = await startProxy({
    conversations: c,
    gateways: g,
    storages: c,
    notifiers: c,
    host: '127.0.0.1',
    port: 0,
    ...more,
  })
  cleanups.push(() => proxy.close())
  return { proxy, c, g }
}

async function nameAt(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init)
  expect(response.status).toBe(200)
  return ((await response.json()) as { name: string }).name
}

function cookieIn(response: Response): string {
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

/** The upgraded connection, or the answer that came instead. */
async function openSocket(url: string, headers: Record<string, string> = {}) {
  const outgoing = request(url, { headers: { connection: 'Upgrade', upgrade: 'websocket', ...headers } })
  outgoing.end()
  return await new Promise<{ answer: IncomingMessage; socket: Socket | undefined }>((resolve, reject) => {
    outgoing.once('upgrade', (answer, socket) => resolve({ answer, socket }))
    outgoing.once('response', (answer) => resolve({ answer, socket: undefined }))
    outgoing.once('error', reject)
  })
}

const POLL = '/socket.io/?EIO=4&transport=polling'
const WEBSOCKET = '/socket.io/?EIO=4&transport=websocket'

describe('requests for the conversation service', () => {
  it('go to the replicas in turn', async () => {
    const { proxy } = await start()
    const names = []
    for (let i = 0; i < 4; i++) names.push(await nameAt(`${proxy.url}/v1/me`))
    expect(names).toEqual(['c1', 'c2', 'c1', 'c2'])
  })

  it('go to another replica when one is dead, with their bodies, also when they are not idempotent', async () => {
    const { proxy, c } = await start()
    await c[0]!.die()
    for (let i = 0; i < 4; i++) {
      const response = await fetch(`${proxy.url}/v1/messages`, { method: 'POST', body: 'hello' })
      expect(await response.json()).toMatchObject({ name: 'c2', body: 'hello', method: 'POST', url: '/v1/messages' })
    }
  })

  it('pass over a replica that is not ready, and come back to it when it is', async () => {
    const { proxy, c } = await start()
    c[0]!.ready = false
    await proxy.check()
    for (let i = 0; i < 4; i++) expect(await nameAt(`${proxy.url}/v1/me`)).toBe('c2')
    c[0]!.ready = true
    await proxy.check()
    expect([await nameAt(`${proxy.url}/v1/me`), await nameAt(`${proxy.url}/v1/me`)].sort()).toEqual(['c1', 'c2'])
  })

  it('are not sent twice when the connection is cut under one that may not be repeated', async () => {
    const { proxy, c } = await start()
    const headers = { 'x-toy': 'hang up' }
    const response = await fetch(`${proxy.url}/v1/messages`, { method: 'POST', body: 'hello', headers })
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ status: 502, code: 'unavailable' })
    expect(c[0]!.seen.length + c[1]!.seen.length).toBe(1)
  })

  it('are sent again when the connection is cut under one that carries an idempotency key', async () => {
    const { proxy, c } = await start()
    const headers = { 'x-toy': 'hang up', 'idempotency-key': 'k1' }
    const response = await fetch(`${proxy.url}/v1/messages`, { method: 'POST', body: 'hello', headers })
    expect(response.status).toBe(502)
    expect(c.map(({ seen }) => seen.length)).toEqual([1, 1])
  })

  it('that hang in a replica that says nothing any more go to another one, those that may', async () => {
    const { proxy, c } = await start()
    c[0]!.hung = true
    const send = (headers: Record<string, string>) =>
      fetch(`${proxy.url}/v1/messages`, { method: 'POST', body: 'hello', headers })
    // the hung one is the first in turn, until it is found to be
    const repeatable = send({ 'idempotency-key': 'k1' })
    const other = send({})
    const once = send({})
    expect(await (await other).json()).toMatchObject({ name: 'c2' })
    expect(await (await repeatable).json()).toMatchObject({ name: 'c2', body: 'hello' })
    expect((await once).status).toBe(502)
    for (let i = 0; i < 4; i++) expect(await nameAt(`${proxy.url}/v1/me`)).toBe('c2')
    c[0]!.hung = false
    await expect.poll(() => nameAt(`${proxy.url}/v1/me`), { timeout: 5_000 }).toBe('c1')
  })

  it('are left to a replica that is slow to say that it is not ready', async () => {
    const { proxy, c } = await start()
    for (const replica of c) replica.slow = true
    const headers = { 'x-toy': 'take your time' }
    const response = await fetch(`${proxy.url}/v1/messages`, { method: 'POST', body: 'hello', headers })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ name: 'c1', body: 'hello' })
  })

  it('get 502 when nobody is there, and are served again by the first who is', async () => {
    const { proxy, c } = await start()
    for (const replica of c) await replica.die()
    expect((await fetch(`${proxy.url}/v1/me`)).status).toBe(502)
    await c[1]!.revive()
    expect(await nameAt(`${proxy.url}/v1/me`)).toBe('c2')
  })

  it('are streamed when they are large', async () => {
    const { proxy } = await start()
    const body = 'x'.repeat(1_000_000)
    const response = await fetch(`${proxy.url}/v1/attachments`, { method: 'POST', body })
    expect(((await response.json()) as { body: string }).body).toHaveLength(1_000_000)
  })
})

describe('long polling', () => {
  it('stays at the gateway that the cookie names', async () => {
    const { proxy } = await start()
    const cookie = cookieIn(await fetch(proxy.url + POLL))
    expect(cookie).toBe('parley_gateway=g1')
    for (let i = 0; i < 4; i++) {
      const response = await fetch(`${proxy.url}${POLL}&sid=other`, { headers: { cookie } })
      expect(response.headers.get('x-toy')).toBe('g1')
      expect(response.headers.get('set-cookie')).toBeNull()
    }
  })

  it('spreads new clients over the gateways', async () => {
    const { proxy } = await start()
    const cookies = [await fetch(proxy.url + POLL), await fetch(proxy.url + POLL)].map(cookieIn)
    expect(cookies).toEqual(['parley_gateway=g1', 'parley_gateway=g2'])
  })

  it('sets a cookie that scripts cannot read and other sites do not send', async () => {
    const { proxy } = await start()
    const header = (await fetch(proxy.url + POLL)).headers.get('set-cookie')
    expect(header).toContain('HttpOnly')
    expect(header).toContain('SameSite=Lax')
  })

  it('moves to another gateway, with a new cookie, when its own is dead', async () => {
    const { proxy, g } = await start()
    await g[0]!.die()
    const response = await fetch(`${proxy.url}${POLL}&sid=x`, { headers: { cookie: 'parley_gateway=g1' } })
    expect(response.headers.get('x-toy')).toBe('g2')
    expect(cookieIn(response)).toBe('parley_gateway=g2')
  })

  it('stays at its gateway by the session id when the client keeps no cookies', async () => {
    const { proxy } = await start()
    for (let i = 0; i < 2; i++) await (await fetch(proxy.url + POLL)).text()
    for (const name of ['g2', 'g2', 'g1', 'g1', 'g2']) {
      const session = `${proxy.url}${POLL}&sid=session-of-${name}`
      expect(await nameAt(session)).toBe(name)
      expect(await nameAt(session, { method: 'POST', body: '2' })).toBe(name)
    }
  })
})

describe('WebSockets', () => {
  it('are carried both ways, and spread over the gateways', async () => {
    const { proxy } = await start()
    const names = []
    for (let i = 0; i < 2; i++) {
      const { answer, socket } = await openSocket(proxy.url + WEBSOCKET)
      names.push(answer.headers['x-toy'])
      socket!.write('over and back')
      expect(String((await once(socket!, 'data'))[0])).toBe('over and back')
      socket!.destroy()
    }
    expect(names).toEqual(['g1', 'g2'])
  })

  it('go to the gateway of the polling session that they continue', async () => {
    const { proxy } = await start()
    for (let i = 0; i < 3; i++) {
      const { answer, socket } = await openSocket(`${proxy.url}${WEBSOCKET}&sid=x`, { cookie: 'parley_gateway=g2' })
      expect(answer.headers['x-toy']).toBe('g2')
      socket!.destroy()
    }
  })

  it('pass over a dead gateway', async () => {
    const { proxy, g } = await start()
    await g[0]!.die()
    for (let i = 0; i < 3; i++) {
      const { answer, socket } = await openSocket(proxy.url + WEBSOCKET, { cookie: 'parley_gateway=g1' })
      expect(answer.headers['x-toy']).toBe('g2')
      socket!.destroy()
    }
  })

  it('end when their gateway dies', async () => {
    const { proxy, g } = await start()
    const { socket } = await openSocket(proxy.url + WEBSOCKET)
    const closed = once(socket!.resume(), 'close')
    await g[0]!.die()
    await closed
  })

  it('end at the gateway when the client goes away', async () => {
    const { proxy, g } = await start()
    const { socket } = await openSocket(proxy.url + WEBSOCKET)
    const closed = once(g[0]!.seen[0]!.socket, 'close')
    socket!.destroy()
    await closed
  })

  it('bring back the refusal of a gateway', async () => {
    const { proxy } = await start()
    const { answer } = await openSocket(`${proxy.url}${WEBSOCKET}&refused`)
    expect(answer.statusCode).toBe(403)
    let body = ''
    for await (const chunk of answer) body += chunk
    expect(body).toBe('not me')
  })

  it('get 502 when no gateway is there', async () => {
    const { proxy, g } = await start()
    for (const gateway of g) await gateway.die()
    expect((await openSocket(proxy.url + WEBSOCKET)).answer.statusCode).toBe(502)
  })
})

describe('processes that come and go', () => {
  it('are served as soon as they are there, and no longer asked when they are not', async () => {
    const [one, two] = [await toy('one'), await toy('two')]
    let there: Toy[] = []
    const { proxy } = await start({ conversations: async () => there })
    expect((await fetch(`${proxy.url}/v1/me`)).status).toBe(502)
    there = [one]
    await expect.poll(async () => (await fetch(`${proxy.url}/v1/me`)).status).toBe(200)
    there = [two]
    await expect.poll(() => nameAt(`${proxy.url}/v1/me`)).toBe('two')
    for (let i = 0; i < 4; i++) expect(await nameAt(`${proxy.url}/v1/me`)).toBe('two')
  })

  it('are looked up by their names before the first request', async () => {
    const one = await toy('one')
    const { proxy } = await start({ conversations: async () => [one] })
    expect(await nameAt(`${proxy.url}/v1/me`)).toBe('one')
  })

  it('are forgotten when they are gone: no connection is kept for them, and what they still answer comes', async () => {
    const { proxy: _, c } = await start()
    const connections = new Set<Socket>()
    let answer = () => {}
    const gone = createServer((incoming, response) => {
      // looking at it keeps none open
      if (incoming.url === '/readyz') return void response.setHeader('connection', 'close').end()
      if (incoming.url === '/slow') answer = () => response.end('at last')
      else response.end('at once')
    })
    // they are kept as long as the proxy keeps them
    gone.keepAliveTimeout = 0
    gone.on('connection', (socket) => {
      connections.add(socket)
      socket.on('close', () => connections.delete(socket))
    })
    gone.listen(0, '127.0.0.1')
    await once(gone, 'listening')
    cleanups.push(async () => gone.close().closeAllConnections())
    const upstream = { name: 'gone', url: `http://127.0.0.1:${(gone.address() as AddressInfo).port}` }
    let there: Upstream[] = [upstream]
    const proxy = await startProxy({
      ...{ conversations: async () => there, gateways: c, storages: c, notifiers: c },
      ...{ host: '127.0.0.1', port: 0 },
    })
    cleanups.push(() => proxy.close())
    const slow = fetch(`${proxy.url}/slow`).then((response) => response.text())
    const soon = async () => (await fetch(`${proxy.url}/soon`)).text()
    expect(await Promise.all([soon(), soon()])).toEqual(['at once', 'at once'])
    await expect.poll(() => connections.size).toBeGreaterThanOrEqual(2)
    there = [c[0]!]
    await proxy.check()
    await expect.poll(() => connections.size, { timeout: 10_000 }).toBe(1)
    answer()
    expect(await slow).toBe('at last')
    await expect.poll(() => connections.size, { timeout: 10_000 }).toBe(0)
  })

  it('make it ready when there is one of each kind, and it is well without', async () => {
    const { proxy, c, g } = await start()
    const readiness = async () => {
      const response = await fetch(`${proxy.url}/readyz`)
      return { status: response.status, ...((await response.json()) as object) }
    }
    await proxy.check()
    expect(await readiness()).toMatchObject({ status: 'ok', checks: { gateways: { ok: true } } })
    for (const gateway of g) gateway.ready = false
    await proxy.check()
    const checks = {
      conversations: { ok: true },
      gateways: { ok: false },
      storages: { ok: true },
      notifiers: { ok: true },
    }
    expect(await readiness()).toEqual({ status: 'unavailable', checks })
    expect((await fetch(`${proxy.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${proxy.url}/healthz`)).status).toBe(200)
    expect(c[0]!.seen).toEqual([])
  })
})

describe('the web page', () => {
  it('is served from its folder, everything else from the conversation service', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-web-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'index.html'), '<h1>Parley</h1>')
    const { proxy } = await start({ webFolder: folder })
    const page = await fetch(`${proxy.url}/?from=here`)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await page.text()).toBe('<h1>Parley</h1>')
    expect(await nameAt(`${proxy.url}/openapi.json`)).toMatch(/^c/)
    expect(await nameAt(`${proxy.url}/`, { method: 'POST' })).toMatch(/^c/)
  })
})
