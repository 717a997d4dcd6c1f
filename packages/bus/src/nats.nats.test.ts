import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DiscardPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect, headers, type NatsConnection } from '@nats-io/transport-node'
import { type OwnedServer, startNats, type TestServer } from '@parley/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { busConformance, listener, type Parties } from '../test/bus-conformance.ts'
import { rpcConformance } from '../test/rpc-conformance.ts'
import { connectNatsBus } from './nats.ts'

const silent = { info() {}, warn() {}, error() {} }
const unavailable = expect.objectContaining({ code: 'unavailable' })
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (body: Uint8Array) => new TextDecoder().decode(body)

let server: TestServer
let raw: NatsConnection
let jsm: JetStreamManager
beforeAll(async () => {
  server = await startNats()
  raw = await connect({ servers: server.url })
  jsm = await jetstreamManager(raw)
})
afterAll(async () => {
  await raw?.close()
  await server?.stop()
})

const join = (url = server.url, options: Partial<Parameters<typeof connectNatsBus>[0]> = {}) =>
  connectNatsBus({ servers: url, name: 'test', log: silent, ...options })

async function open(): Promise<Parties> {
  const [near, far] = await Promise.all([join(), join()])
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      await Promise.all([near[Symbol.asyncDispose](), far[Symbol.asyncDispose]()])
    },
  }
}

/** Both in one process, which reaches itself without the server. */
async function openOwn(): Promise<Parties> {
  const bus = await join(server.url, { ownFirst: true })
  return { near: bus, far: bus, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
}

busConformance('NATS', open)
rpcConformance('NATS', open)
busConformance('NATS and this process', openOwn)
rpcConformance('NATS and this process', openOwn)

describe('what is revised in a stream', () => {
  const body = 'x'.repeat(200)
  const message = (subject: string, id: string, of = 'mine') => ({
    subject,
    id,
    headers: { Of: of },
    body: bytes(`${id} ${body}`),
  })

  test('is not on the server any more, and what remains of it is there instead; nothing else is touched', async () => {
    // as the messages of one system among others on the server
    const prefix = randomUUID()
    await using bus = await join(server.url, { prefix })
    const name = `REVISED_${randomUUID()}`
    await bus.ensureStream({ name, subjects: [`${name}.>`], maxAgeMs: 60_000, maxBytes: 10_000_000 })
    const ids = Array.from({ length: 2_500 }, (_, i) => `n${i}`)
    await bus.publishDurable([
      message(`${name}.a`, 'secret'),
      message(`${name}.a`, 'partly secret'),
      message(`${name}.a`, 'secret of others', 'theirs'),
      message(`${name}.b`, 'secret elsewhere'),
      ...ids.map((id) => message(`${name}.a`, id, 'theirs')),
      message(`${name}.a`, 'last secret'),
    ])
    const asked: string[] = []
    const revise = () =>
      bus.revise({
        stream: name,
        filter: `${name}.a`,
        since: new Date(Date.now() - 60_000),
        concerns: ({ headers: { Of } }) => Of === 'mine',
        revise(given) {
          const said = text(given)
          asked.push(said.slice(0, said.indexOf(' x')))
          if (!said.includes('secret')) return undefined
          return said.includes('partly') ? bytes('partly') : null
        },
      })
    expect(await revise()).toBe(3)
    expect(asked).toEqual(['secret', 'partly secret', 'last secret'])
    // again: what remained was stored anew, and is found to be in order
    expect(await revise()).toBe(0)
    const stored = `${name}_${prefix}`
    const at = async (seq: number) =>
      (await jsm.streams.getMessage(stored, { seq }).catch(() => null))?.string() ?? null
    expect([await at(1), await at(2), await at(2_505)]).toEqual([null, null, null])
    expect([(await at(3))?.slice(0, 16), (await at(4))?.slice(0, 16), await at(2_506)]).toEqual([
      'secret of others',
      'secret elsewhere',
      'partly',
    ])
    const { state } = await jsm.streams.info(stored)
    expect([state.messages, state.consumer_count]).toEqual([2_503, 0])
    await jsm.streams.delete(stored)
  })

  test('is looked for later when there is no stream', async () => {
    await using bus = await join()
    const nowhere = {
      stream: `NONE_${randomUUID()}`,
      filter: 'x',
      since: new Date(),
      concerns: () => true,
      revise: () => null,
    }
    await expect(bus.revise(nowhere)).rejects.toEqual(unavailable)
  })
})

describe('what JetStream has not stored is not taken for stored', () => {
  const messages = (subject: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      subject,
      id: `${subject}:${i}`,
      headers: {},
      body: new Uint8Array(500),
    }))

  test('no stream takes the subject', async () => {
    await using bus = await join()
    await expect(bus.publishDurable(messages(`none.${randomUUID()}`, 3))).rejects.toEqual(unavailable)
  })

  test('the stream is full', async () => {
    await using bus = await join()
    const name = `FULL_${randomUUID()}`
    await jsm.streams.add({ name, subjects: [`${name}.x`], max_bytes: 1_000, discard: DiscardPolicy.New })
    await expect(bus.publishDurable(messages(`${name}.x`, 5))).rejects.toEqual(unavailable)
    await jsm.streams.delete(name)
  })

  test.each([
    ['something else', '{"ok":true}', undefined],
    ['a status', '{"stream":"S","seq":1}', headers(408, 'Request Timeout')],
    ['an error', '{"stream":"S","seq":1,"error":{"code":503}}', undefined],
  ])('the answer is %s', async (_, answer, status) => {
    await using bus = await join()
    const subject = `other.${randomUUID()}`
    raw.subscribe(subject, { callback: (_, msg) => void msg.respond(bytes(answer), status && { headers: status }) })
    await raw.flush()
    await expect(bus.publishDurable(messages(subject, 1))).rejects.toEqual(unavailable)
  })

  test('5,000 at once are all stored', async () => {
    await using bus = await join()
    const name = `MANY_${randomUUID()}`
    await bus.ensureStream({ name, subjects: [`${name}.>`], maxAgeMs: 60_000, maxBytes: 100_000_000 })
    await bus.publishDurable(messages(`${name}.x`, 5_000))
    expect((await jsm.streams.info(name)).state.messages).toBe(5_000)
    await jsm.streams.delete(name)
  })
})

test('a stream that is wiped comes back, and its consumers go on', async () => {
  await using bus = await join()
  const name = `WIPED_${randomUUID()}`
  await bus.ensureStream({ name, subjects: [`${name}.>`], maxAgeMs: 60_000, maxBytes: 1_000_000 })
  const { heard, wait } = listener()
  await bus.consume({ stream: name, name: 'c', filter: `${name}.>` }, async ({ id }) => heard(id))
  const publish = (id: string) => bus.publishDurable([{ subject: `${name}.x`, id, headers: {}, body: bytes(id) }])
  await publish('before')
  await wait(1)
  await jsm.streams.delete(name)
  await expect(publish('lost')).rejects.toEqual(unavailable)
  await untilStored(() => publish('after'))
  expect(await wait(2)).toEqual(['before', 'after'])
  await jsm.streams.delete(name)
})

test('an address where nothing listens is named, without its credentials', async () => {
  const failure = join('nats://ann:secret@127.0.0.1:1').catch(String)
  await expect(failure).resolves.toMatch(/nats:\/\/127\.0\.0\.1:1: nothing listens there\. Start nats-server/)
  await expect(failure).resolves.not.toContain('secret')
})

test('a user and a password may stand in the address', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-bus-'))
  const config = path.join(folder, 'nats.conf')
  await writeFile(config, 'authorization { user: ann, password: "p@ss" }')
  await using guarded = await startNats({ own: true, config })
  await rm(folder, { recursive: true })
  await using bus = await join(guarded.url.replace('//', '//ann:p%40ss@'))
  expect(bus.connected).toBe(true)
  await expect(join(guarded.url.replace('//', '//ann:wrong@'))).rejects.toThrow(/refuses this user and password/)
})

test('inboxes are where the permissions of a user want them', async () => {
  const inboxes: string[] = []
  await using bus = await join(server.url, { inboxPrefix: '_INBOX_ann' })
  const subject = `test.${randomUUID()}`
  raw.subscribe(subject, {
    callback: (_, msg) => {
      inboxes.push(msg.reply ?? '')
      msg.respond(bytes('ok'))
    },
  })
  await raw.flush()
  await bus.request(subject, bytes(''), { timeoutMs: 5_000 })
  expect(inboxes[0]).toMatch(/^_INBOX_ann\./)
})

describe('a server that is killed', () => {
  let own: OwnedServer
  beforeAll(async () => {
    own = await startNats({ own: true })
  })
  afterAll(() => own?.stop())

  test('everything is in force again when it is back', async () => {
    await using near = await join(own.url)
    await using far = await join(own.url)
    const stream = `KEPT_${randomUUID()}`
    const kept = `kept.${randomUUID()}`
    await near.ensureStream({ name: stream, subjects: [`${kept}.>`], maxAgeMs: 60_000, maxBytes: 1_000_000 })
    await far.serve('served', 'q', (body, reply) => reply(body))
    const live = listener()
    await far.subscribe('live', (body) => live.heard(text(body)))
    const durable = listener()
    await far.consume({ stream, name: 'c', filter: `${kept}.>` }, async ({ id }) => durable.heard(id))
    const publish = (id: string) => near.publishDurable([{ subject: `${kept}.x`, id, headers: {}, body: bytes(id) }])
    await publish('before')
    await durable.wait(1)

    const back = [near, far].map((bus) => new Promise<void>((resolve) => void bus.onReconnect(resolve)))
    const inFlight = near.request('silent', bytes(''), { timeoutMs: 600_000 }).catch((err: unknown) => err)
    await own.kill('SIGKILL')
    expect(await inFlight).toEqual(unavailable)
    await until(() => !near.connected && !far.connected)
    await expect(publish('down')).rejects.toEqual(unavailable)
    await expect(near.request('served', bytes('x'), { timeoutMs: 600_000 })).rejects.toEqual(unavailable)
    near.publish('live', bytes('missed'))

    await own.restart()
    await Promise.all(back)
    expect(near.connected && far.connected).toBe(true)
    near.publish('live', bytes('heard'))
    expect(await live.wait(1)).toEqual(['heard'])
    expect(text(await near.request('served', bytes('again'), { timeoutMs: 5_000 }))).toBe('again')
    await untilStored(() => publish('after'))
    // At least once: what was handled right before the kill may come again.
    await until(() => durable.all().includes('after'))
    expect(durable.all()).not.toContain('down')
  })

  test('a store that is gone after the restart is made anew', async () => {
    await using bus = await join(own.url)
    const name = `GONE_${randomUUID()}`
    const gone = `gone.${randomUUID()}`
    await bus.ensureStream({ name, subjects: [`${gone}.>`], maxAgeMs: 60_000, maxBytes: 1_000_000 })
    const { heard, wait } = listener()
    await bus.consume({ stream: name, name: 'c', filter: `${gone}.>` }, async ({ id }) => heard(id))
    const back = new Promise<void>((resolve) => void bus.onReconnect(resolve))
    const vandal = await connect({ servers: own.url })
    await (await jetstreamManager(vandal)).streams.delete(name)
    await vandal.close()
    await own.kill('SIGKILL')
    await own.restart()
    await back
    const admin = await connect({ servers: own.url })
    const jsm = await jetstreamManager(admin)
    await untilStored(async () => void (await jsm.streams.info(name)))
    await admin.close()
    await bus.publishDurable([{ subject: `${gone}.x`, id: 'x', headers: {}, body: bytes('x') }])
    expect(await wait(1)).toEqual(['x'])
  })

  test('a server that hangs is as good as gone, and is found again when it goes on', async () => {
    await using bus = await join(own.url)
    await bus.serve('served', 'q', (body, reply) => reply(body))
    const back = new Promise<void>((resolve) => void bus.onReconnect(resolve))
    await own.kill('SIGSTOP')
    // More than the kernel takes: the client cannot even write its good-bye.
    for (let i = 0; i < 20; i++) bus.publish('nobody', new Uint8Array(bus.maxPayload))
    await until(() => !bus.connected)
    await expect(bus.request('served', bytes('x'), { timeoutMs: 600_000 })).rejects.toEqual(unavailable)
    await own.kill('SIGCONT')
    await back
    // The server may take the connection that was cut for one of the queue's until it has read what it still holds of it.
    const again = () => bus.request('served', bytes('again'), { timeoutMs: 500 }).then(text, () => null)
    await expect.poll(again, { timeout: 30_000 }).toBe('again')
  })

  test('a bus can be disposed while its server is away', async () => {
    const bus = await join(own.url)
    await bus.subscribe('x', () => {})
    await own.kill('SIGKILL')
    await until(() => !bus.connected)
    await bus[Symbol.asyncDispose]()
    expect(bus.connected).toBe(false)
    await own.restart()
  })
})

async function untilStored(publish: () => Promise<void>): Promise<void> {
  while (true) {
    const stored = await publish().then(
      () => true,
      () => false,
    )
    if (stored) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}
