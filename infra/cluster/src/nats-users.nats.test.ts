import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, headers, type NatsConnection, PermissionViolationError } from '@nats-io/transport-node'
import { EVENT_STREAM, eventHeaders, HOST_STREAM, subjects } from '@parley/contracts'
import { type OwnedServer, startNats } from '@parley/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NATS_CONFIG, type NatsUser, natsEnvironment, natsPasswords, natsUrl } from './nats-users.ts'

const passwords = natsPasswords()
const open: NatsConnection[] = []
const denied: string[] = []
let server: OwnedServer
let conversation: NatsConnection
let gateway: NatsConnection
let storage: NatsConnection
let notifier: NatsConnection
let operator: NatsConnection
let host: NatsConnection

/** A connection whose refusals are collected: NATS reports them beside the traffic, not to the caller. */
async function connectAs(user: NatsUser): Promise<NatsConnection> {
  const connection = await connect({
    servers: server.url,
    user,
    pass: passwords[user],
    inboxPrefix: `_INBOX_${user}`,
  })
  open.push(connection)
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error' && status.error instanceof PermissionViolationError)
        denied.push(`${status.error.operation} ${status.error.subject}`)
    }
  })()
  return connection
}

/** What the server refused of `action`. A refusal is written before the answer to the flush that follows. */
async function refusalsOf(connection: NatsConnection, action: () => unknown): Promise<string[]> {
  denied.length = 0
  action()
  await connection.flush()
  await connection.flush()
  return [...denied]
}

beforeAll(async () => {
  server = await startNats({ own: true, config: NATS_CONFIG, env: natsEnvironment(passwords) })
  ;[conversation, gateway, storage, notifier, operator, host] = await Promise.all([
    connectAs('conversation'),
    connectAs('gateway'),
    connectAs('storage'),
    connectAs('notifier'),
    connectAs('operator'),
    connectAs('host'),
  ])
})
beforeEach(() => {
  denied.length = 0
})
afterAll(async () => {
  await Promise.all(open.map((connection) => connection.close()))
  await server.stop()
})

/** A server that has no streams yet, in every try of a test, until it is disposed: nobody may delete the streams of the other. */
async function serverWithoutStreams(): Promise<AsyncDisposable> {
  const shared = { server, conversation, host }
  server = await startNats({ own: true, config: NATS_CONFIG, env: natsEnvironment(passwords) })
  ;[conversation, host] = await Promise.all([connectAs('conversation'), connectAs('host')])
  const own = { server, conversation, host }
  return {
    async [Symbol.asyncDispose]() {
      ;({ server, conversation, host } = shared)
      await Promise.all([own.conversation.close(), own.host.close()])
      await own.server.stop()
    },
  }
}

it('nobody comes in without the password', async () => {
  await expect(connect({ servers: server.url })).rejects.toThrow(/Authorization/i)
  await expect(connect({ servers: server.url, user: 'conversation', pass: 'conversation' })).rejects.toThrow(
    /Authorization/i,
  )
})

describe('the host', () => {
  it('tells durably what its contexts are, and the conversation service takes it up', async () => {
    await using _server = await serverWithoutStreams()
    const subject = subjects.hostContext('acme')
    await expect(jetstream(host).publish(subject, 'too early')).rejects.toThrow('jetstream is not enabled')
    const manager = await jetstreamManager(conversation, { checkAPI: false })
    await manager.streams.add({ name: HOST_STREAM, subjects: [subjects.allOfHosts] })
    await manager.consumers.add(HOST_STREAM, { durable_name: 'contexts', ack_policy: AckPolicy.Explicit })
    const { stream, seq } = await jetstream(host).publish(subject, 'a booking')
    expect([stream, seq]).toEqual([HOST_STREAM, 1])
    const consumer = await jetstream(conversation).consumers.get(HOST_STREAM, 'contexts')
    const told = await consumer.next({ expires: 2_000 })
    expect([told?.subject, told?.string()]).toEqual([subject, 'a booking'])
    await told?.ackAck()
    expect(denied).toEqual([])
  })

  it.each([
    'parley.event.v1.acme.message.created',
    'parley.live.v1.7',
    'parley.control.v1',
    'parley.rpc.v1.chat.sendMessage',
    '$JS.API.STREAM.PURGE.PARLEY_HOST',
    '_INBOX_conversation.ack',
  ])('cannot publish to %s', async (subject) => {
    expect(await refusalsOf(host, () => host.publish(subject))).toEqual([`publish ${subject}`])
  })

  it.each(['parley.>', 'parley.host.v1.>', 'parley.event.v1.>', '_INBOX_conversation.>'])(
    'cannot subscribe to %s',
    async (subject) => {
      const refused = await refusalsOf(host, () => host.subscribe(subject, { callback: () => {} }))
      expect(refused).toEqual([`subscription ${subject}`])
    },
  )
})

describe('the gateway', () => {
  it.each([
    'parley.live.v1.7',
    'parley.pulse.v1',
    'parley.control.v1',
    'parley.host.v1.acme.context.upsert',
    'parley.event.v1.acme.message.created',
    '_INBOX_gateway.somebody.else',
    '_INBOX_storage.somebody',
    '$JS.API.INFO',
    '$JS.API.STREAM.CREATE.PARLEY_EVENTS',
    '$JS.API.STREAM.DELETE.PARLEY_EVENTS',
    '$JS.API.STREAM.PURGE.PARLEY_EVENTS',
    '$JS.ACK.PARLEY_EVENTS.x',
    'parley.rpc.v1.admin.drop',
  ])('cannot publish to %s', async (subject) => {
    const heard: string[] = []
    const listener = operator.subscribe(subject, { callback: (_error, message) => void heard.push(message.subject) })
    await operator.flush()
    expect(await refusalsOf(gateway, () => gateway.publish(subject))).toEqual([`publish ${subject}`])
    await operator.flush()
    expect(heard).toEqual([])
    listener.unsubscribe()
  })

  it.each([
    '_INBOX_conversation.>',
    '_INBOX_operator.>',
    '_INBOX.>',
    '_INBOX*.>',
    '>',
    'parley.>',
    'parley.rpc.v1.chat.sendMessage',
    'parley.rpc.v1.edge.*',
    'parley.replay.v1.*',
    'parley.event.v1.>',
    '$JS.>',
  ])('cannot subscribe to %s', async (subject) => {
    const refused = await refusalsOf(gateway, () => gateway.subscribe(subject, { callback: () => {} }))
    expect(refused).toEqual([`subscription ${subject}`])
  })

  it('hears live envelopes and the pulse', async () => {
    const heard: string[] = []
    const callback = (_error: unknown, message: { subject: string }) => void heard.push(message.subject)
    const live = gateway.subscribe('parley.live.v1.7', { callback })
    const pulse = gateway.subscribe('parley.pulse.v1', { callback })
    await gateway.flush()
    conversation.publish('parley.live.v1.7')
    conversation.publish('parley.live.v1.8')
    conversation.publish('parley.pulse.v1')
    await conversation.flush()
    await gateway.flush()
    expect(heard).toEqual(['parley.live.v1.7', 'parley.pulse.v1'])
    live.unsubscribe()
    pulse.unsubscribe()
    expect(denied).toEqual([])
  })

  it.each(['parley.rpc.v1.chat.sendMessage', 'parley.rpc.v1.edge.catchUp', 'parley.replay.v1.publisher1'])(
    'asks %s and gets an answer in several parts',
    async (subject) => {
      const serving = conversation.subscribe(subject, {
        queue: 'conversation',
        callback: (_error, message) => {
          for (const part of ['1', '2', '3']) message.respond(part)
        },
      })
      await conversation.flush()
      const parts: string[] = []
      const replies = await gateway.requestMany(subject, 'ask', {
        strategy: 'count',
        maxMessages: 3,
        maxWait: 10_000,
      })
      for await (const reply of replies) parts.push(reply.string())
      expect(parts).toEqual(['1', '2', '3'])
      serving.unsubscribe()
      expect(denied).toEqual([])
    },
  )
})

describe('the conversation service', () => {
  it('keeps its stream, stores events, and consumes them', async () => {
    await using _server = await serverWithoutStreams()
    const manager = await jetstreamManager(conversation)
    const stream = { name: 'PARLEY_EVENTS', subjects: ['parley.event.v1.>'], max_bytes: 1024 ** 2 }
    await manager.streams.add(stream)
    await manager.streams.update('PARLEY_EVENTS', { ...stream, max_bytes: 1024 ** 3 })
    const ack = await jetstream(conversation).publish('parley.event.v1.acme.message.created', 'x', { msgID: 'c:1' })
    expect(ack).toMatchObject({ stream: 'PARLEY_EVENTS', seq: 1 })
    expect((await manager.streams.info('PARLEY_EVENTS')).state.messages).toBe(1)

    await manager.consumers.add('PARLEY_EVENTS', {
      durable_name: 'indexer',
      ack_policy: AckPolicy.Explicit,
      filter_subject: 'parley.event.v1.>',
    })
    const consumer = await jetstream(conversation).consumers.get('PARLEY_EVENTS', 'indexer')
    const message = await consumer.next({ expires: 10_000 })
    expect(message?.string()).toBe('x')
    expect(await message?.ackAck()).toBe(true)
    expect(await manager.streams.deleteMessage('PARLEY_EVENTS', 1, true)).toBe(true)
    expect(denied).toEqual([])
  })

  it('cannot delete or purge the stream, nor touch another', async () => {
    for (const subject of [
      '$JS.API.STREAM.DELETE.PARLEY_EVENTS',
      '$JS.API.STREAM.PURGE.PARLEY_EVENTS',
      '$JS.API.STREAM.CREATE.OTHER',
    ]) {
      expect(await refusalsOf(conversation, () => conversation.publish(subject))).toEqual([`publish ${subject}`])
    }
  })

  it('cannot write into the inboxes of others than gateways, nor read any but its own', async () => {
    expect(await refusalsOf(conversation, () => conversation.publish('_INBOX_operator.x.1'))).toHaveLength(1)
    const listen = () => conversation.subscribe('_INBOX_gateway.>', { callback: () => {} })
    expect(await refusalsOf(conversation, listen)).toHaveLength(1)
  })
})

describe('the storage service', () => {
  it('hears of messages by its own consumer, and touches neither the stream nor the consumers of others', async () => {
    const manager = await jetstreamManager(conversation)
    await manager.streams.add({ name: 'PARLEY_EVENTS', subjects: ['parley.event.v1.>'] }).catch(() => {})
    const own = await jetstreamManager(storage, { checkAPI: false })
    await own.consumers.add('PARLEY_EVENTS', {
      durable_name: 'storage',
      ack_policy: AckPolicy.Explicit,
      filter_subject: 'parley.event.v1.*.message.*',
    })
    await jetstream(conversation).publish('parley.event.v1.acme.message.deleted', 'gone')
    const consumer = await own.jetstream().consumers.get('PARLEY_EVENTS', 'storage')
    let told = await consumer.next({ expires: 10_000 })
    // what other tests have said stands before it
    while (told && told.string() !== 'gone') {
      told.ack()
      told = await consumer.next({ expires: 10_000 })
    }
    expect(await told?.ackAck()).toBe(true)
    expect(denied).toEqual([])
  })

  it.each([
    'parley.live.v1.7',
    'parley.control.v1',
    'parley.event.v1.acme.message.created',
    'parley.rpc.v1.chat.sendMessage',
    'parley.rpc.v1.claims.claimAttachments',
    '_INBOX_gateway.somebody',
    '$JS.API.STREAM.CREATE.PARLEY_EVENTS',
    '$JS.API.STREAM.MSG.GET.PARLEY_EVENTS',
    '$JS.API.CONSUMER.DURABLE.CREATE.PARLEY_EVENTS.other',
    '$JS.API.CONSUMER.DELETE.PARLEY_EVENTS.storage',
    '$JS.API.CONSUMER.MSG.NEXT.PARLEY_EVENTS.other',
  ])('cannot publish to %s', async (subject) => {
    expect(await refusalsOf(storage, () => storage.publish(subject))).toEqual([`publish ${subject}`])
  })

  it.each([
    'parley.>',
    'parley.rpc.v1.chat.>',
    'parley.rpc.v1.authority.>',
    'parley.live.v1.*',
    '_INBOX_conversation.>',
  ])('cannot subscribe to %s', async (subject) => {
    const refused = await refusalsOf(storage, () => storage.subscribe(subject, { callback: () => {} }))
    expect(refused).toEqual([`subscription ${subject}`])
  })

  it.each([
    ['parley.rpc.v1.authority.mayUpload', 'storage', 'conversation'],
    ['parley.rpc.v1.claims.claimAttachments', 'conversation', 'storage'],
    ['parley.rpc.v1.presence.statesOf', 'conversation', 'gateway'],
    ['parley.rpc.v1.presence.lookingAt', 'notifier', 'gateway'],
  ])('%s is asked by %s and answered by %s', async (subject, from, to) => {
    const users = { storage, conversation, gateway, notifier } as Record<string, NatsConnection>
    const serving = users[to]!.subscribe(subject, {
      queue: to,
      callback: (_error, message) => void message.respond('yes'),
    })
    await users[to]!.flush()
    expect((await users[from]!.request(subject, 'may I', { timeout: 10_000 })).string()).toBe('yes')
    serving.unsubscribe()
    expect(denied).toEqual([])
  })
})

describe('the notification worker', () => {
  it.each(['notifier-webhooks'])('hears by its consumer %s', async (name) => {
    const manager = await jetstreamManager(conversation)
    await manager.streams.add({ name: 'PARLEY_EVENTS', subjects: ['parley.event.v1.>'] }).catch(() => {})
    const own = await jetstreamManager(notifier, { checkAPI: false })
    await own.consumers.add('PARLEY_EVENTS', {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      filter_subject: `parley.event.v1.${name}.message.created`,
    })
    await jetstream(conversation).publish(`parley.event.v1.${name}.message.created`, 'new')
    const told = await (await own.jetstream().consumers.get('PARLEY_EVENTS', name)).next({ expires: 10_000 })
    expect(await told?.ackAck()).toBe(true)
    expect(denied).toEqual([])
  })

  it.each([
    'parley.live.v1.7',
    'parley.event.v1.acme.message.created',
    'parley.rpc.v1.chat.sendMessage',
    'parley.rpc.v1.claims.claimAttachments',
    'parley.rpc.v1.authority.mayUpload',
    '_INBOX_gateway.somebody',
    '$JS.API.STREAM.CREATE.PARLEY_EVENTS',
    '$JS.API.STREAM.MSG.GET.PARLEY_EVENTS',
    '$JS.API.CONSUMER.DURABLE.CREATE.PARLEY_EVENTS.other',
    '$JS.API.CONSUMER.MSG.NEXT.PARLEY_EVENTS.storage',
  ])('cannot publish to %s', async (subject) => {
    expect(await refusalsOf(notifier, () => notifier.publish(subject))).toEqual([`publish ${subject}`])
  })

  it.each(['parley.>', 'parley.rpc.v1.chat.>', 'parley.rpc.v1.audience.>', 'parley.live.v1.*', '_INBOX_gateway.>'])(
    'cannot subscribe to %s',
    async (subject) => {
      const refused = await refusalsOf(notifier, () => notifier.subscribe(subject, { callback: () => {} }))
      expect(refused).toEqual([`subscription ${subject}`])
    },
  )
})

describe("a tenant's consumer", () => {
  const run = (script: string, env: Record<string, string>, ...args: string[]) =>
    spawn(process.execPath, [fileURLToPath(new URL(`../../../examples/${script}`, import.meta.url)), ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })

  it('hears what happens in its tenant by the example, as CloudEvents, and of no other', async () => {
    const manager = await jetstreamManager(conversation, { checkAPI: false })
    const stream = { name: EVENT_STREAM, subjects: [subjects.allEvents] }
    await manager.streams.info(EVENT_STREAM).catch(() => manager.streams.add(stream))
    const made = run(
      'make-consumer.js',
      { NATS_URL: natsUrl(server.url, 'operator', passwords) },
      'default-backend',
      'default',
    )
    expect(await once(made, 'exit')).toEqual([0, null])
    const tell = async (tenantId: string, seq: number) => {
      const place = { tenantId, conversationId: 'c', seq, rev: 0, at: '2026-01-31T12:00:00.000Z' }
      const event = { id: `c:${seq}`, type: 'message.created' as const, ...place }
      const told = headers()
      for (const [name, value] of Object.entries(eventHeaders(event))) told.set(name, value)
      const body = JSON.stringify({ ...event, data: { content: `word ${seq} of ${tenantId}` } })
      await jetstream(conversation).publish(subjects.event(tenantId, event.type), body, { headers: told })
    }
    for (const [tenantId, seq] of [
      ['default', 1],
      ['acme', 2],
      ['default', 1],
      ['default', 3],
    ] as const)
      await tell(tenantId, seq)
    const consumer = run('consume-events.js', { NATS_URL: natsUrl(server.url, 'consumer', passwords) })
    let output = ''
    consumer.stdout.on('data', (chunk) => (output += chunk))
    await expect.poll(() => output.split('\n').length, { timeout: 20_000 }).toBe(3)
    expect(output).toBe('parley.message.created c:1 word 1 of default\nparley.message.created c:3 word 3 of default\n')
    // what it has taken does not come again
    await expect
      .poll(async () => (await manager.consumers.info(EVENT_STREAM, 'default-backend')).num_ack_pending, {
        timeout: 20_000,
      })
      .toBe(0)
    consumer.kill('SIGTERM')
    expect(await once(consumer, 'exit')).toEqual([0, null])
  })

  it.each([
    'parley.event.v1.default.message.created',
    'parley.host.v1.default.context.upsert',
    'parley.rpc.v1.chat.sendMessage',
    'parley.live.v1.7',
    'parley.control.v1',
    '$JS.API.INFO',
    '$JS.API.STREAM.INFO.PARLEY_EVENTS',
    '$JS.API.STREAM.MSG.GET.PARLEY_EVENTS',
    '$JS.API.DIRECT.GET.PARLEY_EVENTS',
    '$JS.API.CONSUMER.CREATE.PARLEY_EVENTS.default-backend.parley.event.v1.>',
    '$JS.API.CONSUMER.DURABLE.CREATE.PARLEY_EVENTS.default-backend',
    '$JS.API.CONSUMER.DELETE.PARLEY_EVENTS.default-backend',
    '$JS.API.CONSUMER.MSG.NEXT.PARLEY_EVENTS.notifier-webhooks',
    '_INBOX_conversation.ack',
  ])('cannot publish to %s', async (subject) => {
    const consumer = await connectAs('consumer')
    expect(await refusalsOf(consumer, () => consumer.publish(subject))).toEqual([`publish ${subject}`])
  })

  it.each(['parley.>', 'parley.event.v1.default.>', '_INBOX_conversation.>'])(
    'cannot subscribe to %s',
    async (subject) => {
      const consumer = await connectAs('consumer')
      const refused = await refusalsOf(consumer, () => consumer.subscribe(subject, { callback: () => {} }))
      expect(refused).toEqual([`subscription ${subject}`])
    },
  )
})

it('the operator hears and says everything', async () => {
  const refused = await refusalsOf(operator, () => {
    operator.subscribe('>', { callback: () => {} }).unsubscribe()
    operator.publish('parley.live.v1.1')
  })
  expect(refused).toEqual([])
})
