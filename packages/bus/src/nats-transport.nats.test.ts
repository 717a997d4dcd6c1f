import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { startNats } from '@parley/testkit'
import { afterEach, expect, test, vi } from 'vitest'
import { listener } from '../test/bus-conformance.ts'
import { connectNatsBus } from './nats.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (body: Uint8Array) => new TextDecoder().decode(body)
const silent = { info() {}, warn() {}, error() {} }
const join = (servers: string) => connectNatsBus({ servers, name: 'test', log: silent })

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

test('what is published in one turn leaves in one write, however many promises are between', async () => {
  await using server = await startNats()
  await using bus = await join(server.url)
  const { heard, wait } = listener()
  await bus.subscribe('turn.>', (body) => heard(text(body)))
  const writes = [vi.spyOn(Socket.prototype, '_write'), vi.spyOn(Socket.prototype, '_writev')]
  for (let i = 0; i < 10; i++) {
    bus.publish(`turn.${i}`, bytes(String(i)))
    await Promise.resolve()
  }
  await new Promise((resolve) => setImmediate(resolve))
  const count = writes.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  expect(await wait(10)).toEqual(Array.from({ length: 10 }, (_, i) => String(i)))
  expect(count).toBe(1)
})

test('a server that wants TLS is spoken to in it, unless nobody vouches for it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-tls-'))
  const [key, cert, config] = ['key.pem', 'cert.pem', 'nats.conf'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost']
  await promisify(execFile)('openssl', [...request, '-keyout', key, '-out', cert])
  await writeFile(config, `tls { cert_file: "${cert}", key_file: "${key}" }`)
  await using server = await startNats({ own: true, config, files: [key, cert] })
  await expect(join(server.url)).rejects.toThrow(/self-signed/)
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  for (const url of [server.url, server.url.replace('nats:', 'tls:')]) {
    await using bus = await join(url)
    await bus.serve('served', 'q', (body, reply) => reply(body))
    const large = new Uint8Array(500_000).fill(7)
    expect(Buffer.compare(large, await bus.request('served', large, { timeoutMs: 5_000 }))).toBe(0)
  }
  await rm(folder, { recursive: true })
})

test('a server without TLS is refused where TLS is asked for', async () => {
  await using server = await startNats()
  await expect(join(server.url.replace('nats:', 'tls:'))).rejects.toThrow(/does not offer TLS/)
})

const greeting = `INFO ${JSON.stringify({ server_id: 'S', version: '2.10.0', auth_required: true, max_payload: 1_000_000 })}\r\n`
const unavailable = { code: 'unavailable' }
const isFinal = { name: 'SetupError' }

test.each([
  ['says something else, that is no server', 'HTTP/1.1 400 Bad Request\r\n', isFinal, /no NATS server/],
  ['hangs up, it may be starting or ending', '', unavailable, /hung up/],
  ['has no login in time, it may be busy', `${greeting}-ERR 'Authentication Timeout'\r\n`, unavailable, /in time/],
  ['refuses the login, that stays so', `${greeting}-ERR 'Authorization Violation'\r\n`, isFinal, /refuses this user/],
])('where who answers %s', async (_, said, kind, expected) => {
  const server = createServer((socket) => socket.on('error', () => {}).end(said))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await expect(join(`nats://127.0.0.1:${port}`)).rejects.toMatchObject({
    ...kind,
    message: expect.stringMatching(expected),
  })
  await new Promise((resolve) => server.close(resolve))
})
