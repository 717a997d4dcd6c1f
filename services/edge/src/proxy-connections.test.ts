import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { securityHeaders } from '@parley/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EdgeProxy, startProxy } from './proxy.ts'

/** More than the system takes for a client that does not read. */
const BIG = Buffer.alloc(24 * 1024 * 1024, 'x')

let asked: string[] = []
const upstream = createServer(async (request, response) => {
  if (request.url === '/readyz' || request.url === '/healthz') return void response.end()
  asked.push(`${request.method} ${request.url}`)
  let body = ''
  for await (const chunk of request) body += chunk
  if (request.url === '/nobody') return void request.socket.destroy()
  response.end(request.url === '/big' ? BIG : `${request.headers.upgrade ?? 'no upgrade'} ${body}`)
})
let webFolder = ''
let proxy: EdgeProxy

beforeAll(async () => {
  webFolder = await mkdtemp(join(tmpdir(), 'parley-proxy-'))
  await writeFile(join(webFolder, 'index.html'), '<!doctype html>')
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const one = [{ name: 'one', url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` }]
  proxy = await startProxy({
    conversations: one,
    gateways: one,
    storages: one,
    notifiers: one,
    host: '127.0.0.1',
    port: 0,
    webFolder,
  })
})
afterAll(async () => {
  await proxy.close()
  upstream.close()
  upstream.closeAllConnections()
  await rm(webFolder, { recursive: true })
})

function open(sent: string): Socket {
  asked = []
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(sent)
  return socket
}

async function textOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

test('asks for one thing at a time for a connection, and not on while nobody reads', async () => {
  const socket = open('GET /big HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(10))
  socket.pause()
  await expect.poll(() => asked.length).toBe(1)
  await sleep(200)
  expect(asked).toEqual(['GET /big'])
  socket.destroy()
})

test('cuts a connection that sends many requests before it is answered', async () => {
  const socket = open('GET /big HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_000))
  socket.pause()
  setTimeout(() => socket.resume(), 300)
  await once(socket, 'close')
  expect(asked.length).toBeLessThanOrEqual(1)
})

test.each([
  ['/v1/messages', 'h2c'],
  ['/socket.io/?EIO=4', 'h2c'],
  ['/v1/messages', 'websocket'],
])('ignores that %s is to become %s, and passes the request on', async (path, protocol) => {
  const answer = await textOf(
    open(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${protocol}\r\n` +
        'HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 5\r\n\r\nhello',
    ),
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*no upgrade hello/)
  expect(asked).toContain(`POST ${path}`)
})

test.each(['/', '/v1/me', '/nobody'])('says at %s what a browser may make of the answer', async (path) => {
  const { headers } = await fetch(`${proxy.url}${path}`)
  for (const [name, value] of Object.entries(securityHeaders)) expect([path, headers.get(name)]).toEqual([path, value])
})

test('closing waits for nobody who sent half a request, or was upgraded and does not read', async () => {
  const one = await startProxy({
    conversations: [],
    gateways: [],
    storages: [],
    notifiers: [],
    host: '127.0.0.1',
    port: 0,
  })
  const port = Number(new URL(one.url).port)
  const sockets = ['', 'GET / HTTP/1.1\r\nHo', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n12'].map(
    (sent) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      socket.write(sent)
      return socket
    },
  )
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  await one.close()
  await closed
})
