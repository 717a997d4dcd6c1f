import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { ParleyError } from '@parley/contracts'
import { createLogger, OrderlyServer } from '@parley/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { frameHead, openRawClient, type RawClient } from '../test/raw-client.ts'
import { createChatServer } from './chat-server.ts'
import type { ChatServer } from './io.ts'
import { cutSockets, drainSockets } from './sockets/drain-sockets.ts'
import { engineOf } from './sockets/engine.ts'
import { Intake } from './sockets/intake.ts'
import { allowPayloads, MAX_PAYLOAD_BYTES } from './sockets/payload-limit.ts'
import { sweepSockets } from './sockets/sweep.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Lets everybody in, and answers `echo` with what it was given. */
async function start({ limit = Number.POSITIVE_INFINITY } = {}) {
  const http = new OrderlyServer()
  const counted: (string | undefined)[] = []
  let isClosed = false
  const io = createChatServer({
    http,
    isClosed: () => isClosed,
    isAllowedOrigin: (origin) => origin !== 'https://evil.example',
    places: { async letIn() {}, connected() {} },
    guard: {
      addressOf: () => undefined,
      async count({ url }) {
        counted.push(url)
        if (counted.length > limit) throw new ParleyError('rate_limited', 'Too many requests', { retryAfterMs: 1_500 })
      },
    },
  })
  io.on('connection', (socket) => {
    allowPayloads(socket)
    socket.emit('ready', {} as never)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  cleanups.push(async () => {
    await cutSockets(io)
    http.cutAll()
    http.close()
  })
  const client = async (token?: string, options?: { isStubborn?: boolean }) => {
    const one = await openRawClient(port, token, options)
    cleanups.push(async () => one.socket.destroy())
    return one
  }
  return { io, http, counted, client, url: `http://127.0.0.1:${port}/socket.io/`, close: () => (isClosed = true) }
}
const POLL = '?EIO=4&transport=polling'

describe('before it has shown a token, a connection', () => {
  test('may send what a token takes, and is closed for more, over a WebSocket', async () => {
    const { io, client } = await start()
    const one = await client()
    one.write(frameHead(17_000))
    await one.closed
    const pieces = await client()
    pieces.write(Buffer.concat([frameHead(9_000, { final: false }), Buffer.alloc(9_000, '4')]))
    pieces.write(Buffer.concat([frameHead(9_000, { opcode: 0 }), Buffer.alloc(9_000, '4')]))
    await pieces.closed
    const token = 'x'.repeat(8_192)
    const shown = await client(token)
    expect(await shown.heard('42["ready"')).toBeTruthy()
    expect(io.of('/').sockets.size).toBe(1)
  })

  test('and over polling, with or without the length said', async () => {
    const { url } = await start()
    const { sid } = JSON.parse((await (await fetch(url + POLL)).text()).slice(1))
    const body = `40${JSON.stringify({ token: 'x'.repeat(17_000) })}`
    const post = (init: RequestInit) => fetch(`${url}${POLL}&sid=${sid}`, { method: 'POST', ...init })
    expect((await post({ body })).status).toBe(413)
    const stream = new Blob([body]).stream()
    expect((await post({ body: stream, duplex: 'half' } as RequestInit)).status).toBe(413)
  })
})

test('afterwards it may send as much as a request of REST', async () => {
  const { io, client } = await start()
  const heard = new Promise<number>((resolve) => {
    io.on('connection', (socket) => void socket.onAny((_event, text: string) => resolve(text.length)))
  })
  const one = await client('token')
  one.send(`42["echo","${'x'.repeat(MAX_PAYLOAD_BYTES - 100)}"]`)
  expect(await heard).toBe(MAX_PAYLOAD_BYTES - 100)
  one.write(frameHead(MAX_PAYLOAD_BYTES + 1))
  await one.closed
})

test('over polling too, also when it becomes a WebSocket', async () => {
  const { io, url } = await start()
  const { sid } = JSON.parse((await (await fetch(url + POLL)).text()).slice(1))
  const post = (body: string) => fetch(`${url}${POLL}&sid=${sid}`, { method: 'POST', body })
  const connected = new Promise((resolve) => io.on('connection', resolve))
  expect((await post('40{"token":"x"}')).status).toBe(200)
  await connected
  expect((await post(`42["echo","${'x'.repeat(500_000)}"]`)).status).toBe(200)
})

test.each([
  ['a frame', [frameHead(500_000), Buffer.alloc(1_000, '4')]],
  ['a message of several frames', [frameHead(1_000, { final: false }), Buffer.alloc(1_000, '4')]],
])('%s that is begun and not ended closes the connection, which another that talks is spared', async (_, bytes) => {
  const { io, client } = await start()
  const sweeping = sweepSockets(io, log, { unfinishedMs: 300 })
  sweeping.start()
  cleanups.push(async () => sweeping.stop())
  const [silent, talking] = [await client('token'), await client('token')]
  silent.write(Buffer.concat(bytes))
  let isClosed = false
  void talking.closed.then(() => (isClosed = true))
  const talk = setInterval(() => talking.send('42["hello"]'), 20)
  await silent.closed
  clearInterval(talk)
  expect(isClosed).toBe(false)
})

test('a packet with attachments closes nothing and keeps nothing: it is an event without arguments', async () => {
  const { io, client } = await start()
  const heard: unknown[][] = []
  io.on('connection', (socket) => void socket.onAny((...args) => heard.push(args)))
  const one = await client('token')
  one.send('451-["send_message",{"_placeholder":true,"num":0}]')
  one.write(Buffer.concat([frameHead(50_000, { opcode: 2 }), Buffer.alloc(50_000)]))
  one.send('42["after"]')
  await expect.poll(() => heard).toEqual([['send_message'], ['after']])
  // An upload is not waited for.
  one.send('452-["send_message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
  one.write(Buffer.concat([frameHead(500_000, { opcode: 2 }), Buffer.alloc(500_000)]))
  await one.closed
})

test.each<[string, (client: RawClient, io: ChatServer) => unknown]>([
  ['a payload that is too large', ({ write }) => write(frameHead(MAX_PAYLOAD_BYTES + 1))],
  ['attachments that are large', ({ send }) => send('451-["send_message",{"_placeholder":true,"num":0}]')],
  ['what is no packet', ({ send }) => send('4?')],
  ['being told to go', (_, io) => io.disconnectSockets(true)],
])('after %s little more is read of what a client sends, and it is cut off', async (_, end) => {
  const { io, http, client } = await start()
  const served: Socket[] = []
  http.on('connection', (socket: Socket) => served.push(socket))
  const one = await client('token', { isStubborn: true })
  end(one, io)
  const upload = Buffer.concat([frameHead(500_000, { opcode: 2 }), Buffer.alloc(500_000)])
  for (let i = 0; i < 40; i++) one.write(upload)
  await one.closed
  expect(served).toHaveLength(1)
  expect(served[0]!.bytesRead).toBeLessThan(MAX_PAYLOAD_BYTES)
})

describe('handshakes', () => {
  test('count with and without a token, over both transports, and so do those that are refused', async () => {
    const { counted, client, url } = await start()
    await fetch(url + POLL)
    await client()
    for (const [query, headers] of [
      ['?EIO=4&transport=polling&sid=unknown', {}],
      ['?EIO=4&transport=carrier-pigeon', {}],
      ['?EIO=3&transport=polling', {}],
      [POLL, { origin: 'https://evil.example' }],
    ] as const)
      expect((await fetch(url + query, { headers })).status).toBeGreaterThanOrEqual(400)
    expect(counted).toHaveLength(6)
  })

  test('but not what is said in a session that stands', async () => {
    const { counted, url } = await start()
    const { sid } = JSON.parse((await (await fetch(url + POLL)).text()).slice(1))
    for (let i = 0; i < 5; i++) await fetch(`${url}${POLL}&sid=${sid}`, { method: 'POST', body: i === 0 ? '40' : '3' })
    expect(counted).toHaveLength(1)
  })

  test('that are too many are refused with the time to wait, and nothing is kept of them', async () => {
    const { io, client, url } = await start({ limit: 2 })
    await fetch(url + POLL)
    await fetch(url + POLL)
    const refused = await fetch(url + POLL)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', status: 429 })
    await expect(client()).rejects.toThrow('closed')
    expect(Object.keys(engineOf(io).clients)).toHaveLength(2)
  })

  test('are refused when the gateway has closed', async () => {
    const { client, close, url } = await start()
    close()
    expect((await fetch(url + POLL)).status).toBe(503)
    await expect(client()).rejects.toThrow('closed')
  })
})

test('a client that is moved away is answered first what it has asked', async () => {
  const { io, client } = await start()
  const pending: (() => void)[] = []
  io.on('connection', (socket) => {
    const intake = new Intake(socket, async () => {
      await new Promise<void>((resolve) => pending.push(resolve))
      socket.emit('ready', { answer: 'late' } as never)
      return 'costly'
    })
    socket.onAny((event: string, ...args) => intake.take(event, args))
  })
  const one = await client('token')
  one.send('42["hello"]')
  await expect.poll(() => pending.length).toBe(1)
  const drained = drainSockets(io, 0)
  await one.heard('42["server_draining"')
  setTimeout(() => pending[0]!(), 200)
  expect(await one.heard('42["ready",{"answer"')).toContain('late')
  await drained
  await one.closed
})

test('closing cuts a client that does not read', async () => {
  const { io, http, client } = await start()
  const one = await client('token')
  one.socket.pause()
  for (let i = 0; i < 100; i++) io.emit('ready', { text: 'x'.repeat(100_000) } as never)
  await cutSockets(io)
  http.close()
  await once(http, 'close')
})

describe('what a socket sends', () => {
  /** Answers when it is told to. */
  const startSlow = async () => {
    const started = await start()
    const pending: (() => void)[] = []
    let most = 0
    let taken = 0
    let outcome: 'costly' | 'free' = 'costly'
    started.io.on('connection', (socket) => {
      let running = 0
      const intake = new Intake(socket, async () => {
        taken++
        most = Math.max(most, ++running)
        if (outcome === 'costly') await new Promise<void>((resolve) => pending.push(resolve))
        running--
        return outcome
      })
      socket.onAny((event: string, ...args) => intake.take(event, args))
    })
    return {
      ...started,
      pending,
      most: () => most,
      taken: () => taken,
      free: () => {
        outcome = 'free'
      },
    }
  }

  test('is answered in bounded numbers, the rest waits at the client, and all of it is answered in the end', async () => {
    const { client, pending, most, taken } = await startSlow()
    const one = await client('token')
    const event = Buffer.from(`42["hello","${'x'.repeat(1_000)}"]`)
    const frame = Buffer.concat([frameHead(event.length), event])
    const EVENTS = 20_000
    for (let i = 0; i < EVENTS; i++) one.write(frame)
    await expect.poll(() => taken()).toBe(64)
    // 20 MB: more than the system takes for a server that does not read.
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(one.socket.writableLength).toBeGreaterThan(1_000_000)
    expect(taken()).toBe(64)
    const answering = setInterval(() => pending.splice(0).forEach((resolve) => void resolve()), 0)
    await expect.poll(() => taken(), { timeout: 60_000 }).toBe(EVENTS)
    clearInterval(answering)
    expect(most()).toBe(64)
  })

  test('and costs it nothing is bounded in a window', async () => {
    const { client, taken, free } = await startSlow()
    free()
    const one = await client('token')
    for (let i = 0; i < 5_000; i++) one.send('42["free"]')
    await expect.poll(() => taken()).toBeGreaterThanOrEqual(2_000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(taken()).toBeLessThan(2_100)
  })
})
