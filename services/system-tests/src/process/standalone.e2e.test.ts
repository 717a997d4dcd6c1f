import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Conversation, Message, SyncResult } from '@parley/contracts'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { freshDatabase, startNats, startPostgres, startRedis } from '@parley/testkit'
import pg from 'pg'
import { io } from 'socket.io-client'
import { Type } from 'typebox'
import { afterAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from './standalone-process.ts'

const restored = fileURLToPath(new URL('../../../standalone/dist/restored.js', import.meta.url))
const folders: string[] = []
const newFolder = async () => {
  const folder = await dataFolder()
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map(removeFolder)))

/** Somebody with a token, by the way that the README names. */
async function as(standalone: StandaloneProcess, userId: string) {
  const { data } = (await (await fetch(`${standalone.url}/dev/people`)).json()) as {
    data: { userId: string; token: string }[]
  }
  const { token } = data.find((person) => person.userId === userId)!
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${standalone.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
}

test('kill -9 and a restart keep everything that was acknowledged, and a second process is refused the data', async () => {
  const folder = await newFolder()
  const first = await startStandalone(folder)
  expect(first.output()).toContain('npm run token')
  const ana = await as(first, 'ana')
  const seeded = await ana<{ data: Conversation[] }>('GET', '/conversations')
  expect(seeded.data.length).toBeGreaterThan(1)
  await expect(startStandalone(folder)).rejects.toThrow(/Another process uses the data .* PARLEY_DATA/)

  const acked: string[] = []
  const writing = Array.from({ length: 200 }, (_, i) =>
    ana<Message>('POST', '/messages', { to: 'eve', content: `m${i}`, clientId: `c${i}` }).then(
      (message) => acked.push(message.id),
      () => {},
    ),
  )
  while (acked.length < 20) await new Promise((resolve) => setTimeout(resolve, 1))
  await first.kill('SIGKILL')
  await Promise.all(writing)

  await using second = await startStandalone(folder)
  const again = await as(second, 'ana')
  const sent = await again<Message>('POST', '/messages', { to: 'eve', content: 'after the restart' })
  const history: Message[] = []
  for (let after = 0; ; after = history.at(-1)!.seq) {
    const page = await again<{ data: Message[]; hasMore: boolean }>(
      'GET',
      `/conversations/${sent.conversationId}/messages?after=${after}&limit=100`,
    )
    history.push(...page.data)
    if (!page.hasMore) break
  }
  expect(history.map((message) => message.seq)).toEqual(history.map((_, i) => i + 1))
  const kept = new Set(history.map((message) => message.id))
  expect(acked.filter((id) => !kept.has(id))).toEqual([])
  // the demo is not put in a second time
  const after = await again<{ data: Conversation[] }>('GET', '/conversations')
  expect(after.data.length).toBe(seeded.data.length + 1)
})

test('a copy of the folder of a stopped process is a backup, and after npm run restored nobody trusts what they hold of later', async () => {
  const [folder, copy] = [await newFolder(), await newFolder()]
  const first = await startStandalone(folder)
  const ana = await as(first, 'ana')
  const kept = await ana<Message>('POST', '/messages', { to: 'eve', content: 'kept', clientId: 'kept' })
  await first.kill('SIGINT')
  await cp(folder, copy, { recursive: true })
  const second = await startStandalone(folder)
  const before = await as(second, 'ana')
  const lost = await before<Message>('POST', '/messages', { to: 'eve', content: 'lost', clientId: 'again' })
  const { cursor } = await before<Conversation>('GET', `/conversations/${kept.conversationId}`)
  await second.kill('SIGKILL')
  await removeFolder(folder)
  await cp(copy, folder, { recursive: true })

  const { stdout } = await promisify(execFile)(process.execPath, [restored], {
    env: { PATH: process.env.PATH, PARLEY_DATA: folder },
  })
  expect(stdout).toMatch(/^Epoch: raised.*^Files: all \d+ are there$/ms)
  await using third = await startStandalone(folder)
  const after = await as(third, 'ana')
  const sentAgain = await after<Message>('POST', '/messages', { to: 'eve', content: 'instead', clientId: 'again' })
  expect(sentAgain).toMatchObject({ seq: lost.seq, id: expect.not.stringMatching(lost.id) })
  const cursors = [{ conversationId: kept.conversationId, cursor }]
  const { conversations } = await after<SyncResult>('POST', '/sync', { cursors })
  expect(conversations).toMatchObject([{ restored: true, conversation: { lastSeq: sentAgain.seq } }])
  expect(conversations[0]!.messages.map(({ id }) => id).slice(-2)).toEqual([kept.id, sentAgain.id])
})

test('a worker that is killed after a webhook was told and before that is written down tells it again, with the same id', async () => {
  const told: unknown[] = []
  const receiver = createServer((request, response) => {
    told.push(request.headers['webhook-id'])
    response.end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  try {
    const folder = await newFolder()
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    const env = { NODE_ENV: 'test', PARLEY_FAILPOINTS: 'notifier.posted:1' }
    await using first = await startStandalone(folder, env)
    const token = signDevelopmentToken(
      { userId: 'backend', role: 'service', tenant: 'default' },
      readConfig(Type.Object(identitySettings), { NODE_ENV: 'test' }),
    )
    const call = async (at: string, path: string, body: object) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(`${at}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return (await response.json()) as { id: string; eventId: string }
    }
    const { id } = await call(first.url, '/webhooks', { url, events: ['*'] })
    const { eventId } = await call(first.url, `/webhooks/${id}/test`, {})
    if (first.child.signalCode === null) await once(first.child, 'exit')
    expect(told).toEqual([eventId])
    await using _second = await startStandalone(folder, { NODE_ENV: 'test' })
    await expect.poll(() => told, { timeout: 60_000 }).toEqual([eventId, eventId])
  } finally {
    receiver.close()
  }
})

test('Ctrl-C stops it cleanly, and the next start finds the data free', async () => {
  const folder = await newFolder()
  const first = await startStandalone(folder)
  expect(await first.kill('SIGINT')).toEqual({ code: 0, signal: null })
  await using second = await startStandalone(folder)
  expect((await fetch(`${second.url}/readyz`)).status).toBe(200)
})

test('SIGTERM waits for nobody who has sent half a request, or does not read', async () => {
  await using standalone = await startStandalone(await newFolder())
  const { port } = new URL(standalone.url)
  for (const sent of [
    '',
    'GET /v1/me HTTP/1.1\r\nHos',
    'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{',
  ])
    connect(Number(port), 'localhost')
      .on('error', () => {})
      .write(sent)
  const { data } = (await (await fetch(`${standalone.url}/dev/people`)).json()) as { data: { token: string }[] }
  const socket = io(standalone.url, { auth: { token: data[0]!.token }, transports: ['websocket'], reconnection: false })
  await new Promise((resolve) => socket.once('ready', resolve))
  const { ws } = socket.io.engine.transport as unknown as { ws: { pause(): void } }
  ws.pause()
  expect(await standalone.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(standalone.output()).not.toContain('exiting at once')
  socket.close()
})

test('each of DATABASE_URL, NATS_URL and REDIS_URL swaps its part by itself', async () => {
  const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()])
  await using database = await freshDatabase(postgres.url)
  const parts = { DATABASE_URL: database.url, NATS_URL: nats.url, REDIS_URL: redis.url }
  for (const [name, value] of Object.entries(parts)) {
    await using standalone = await startStandalone(await newFolder(), { [name]: value })
    const ana = await as(standalone, 'ana')
    expect(await ana<Message>('POST', '/messages', { to: 'ben', content: `over ${name}` })).toMatchObject({ seq: 5 })
    expect(await (await fetch(`${standalone.url}/readyz`)).json()).toMatchObject({ status: 'ok' })
  }
  const client = new pg.Client(database.url)
  await client.connect()
  const { rows } = await client.query(`SELECT content FROM messages WHERE content LIKE 'over %'`)
  await client.end()
  expect(rows).toEqual([{ content: 'over DATABASE_URL' }])
})

test('production starts on no default secret, shows no demo and has no /dev routes', async () => {
  const folder = await newFolder()
  await expect(startStandalone(folder, { NODE_ENV: 'production' })).rejects.toThrow(/JWT_SECRET/)
  await using standalone = await startStandalone(folder, { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(40) })
  for (const [method, path] of [
    ['GET', 'people'],
    ['POST', 'token'],
    ['POST', 'sample'],
    ['GET', 'sockets'],
    ['GET', 'sink'],
    ['GET', 'sink.json'],
    ['POST', 'sink/webhooks'],
  ] as const)
    expect([path, (await fetch(`${standalone.url}/dev/${path}`, { method })).status]).toEqual([path, 404])
  expect((await fetch(`${standalone.url}/v1/conversations`)).status).toBe(401)
})
