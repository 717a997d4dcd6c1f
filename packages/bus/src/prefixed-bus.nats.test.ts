import { randomUUID } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { type Actor, defineRpc } from '@parley/contracts'
import { startNats, type TestServer } from '@parley/testkit'
import { Type } from 'typebox'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { busConformance, listener } from '../test/bus-conformance.ts'
import type { Bus } from './bus.ts'
import { connectNatsBus } from './nats.ts'
import { deleteNatsStreams } from './nats-streams.ts'
import { announceReplica, followReplicas } from './replicas.ts'
import { rpcClient, serveRpc } from './rpc.ts'

const silent = { info() {}, warn() {}, error() {} }
const unavailable = expect.objectContaining({ code: 'unavailable' })
const bytes = (text: string) => new TextEncoder().encode(text)
const actor: Actor = { tenantId: 't', userId: 'ann', role: 'user', hostRole: null, name: null, avatarUrl: null }
const EVENTS = { name: 'EVENTS', subjects: ['event.>'], maxAgeMs: 60_000, maxBytes: 1_000_000 }

let server: TestServer
beforeAll(async () => {
  server = await startNats()
})
afterAll(() => server?.stop())

const join = (prefix?: string) =>
  connectNatsBus({ servers: server.url, name: 'test', log: silent, ...(prefix !== undefined && { prefix }) })
const streamNames = async () => {
  const nc = await connect({ servers: server.url })
  const names = await (await jetstreamManager(nc)).streams.names().next()
  await nc.close()
  return names
}

busConformance('NATS with a prefix', async () => {
  const prefix = randomUUID()
  const [near, far] = await Promise.all([join(prefix), join(prefix)])
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      await Promise.all([near[Symbol.asyncDispose](), far[Symbol.asyncDispose]()])
      await deleteNatsStreams({ servers: server.url, name: 'test', prefix })
    },
  }
})

describe('systems that share a server', () => {
  let prefixes: string[]
  /** Two of the first system, one of the second, one of a system without a prefix. */
  let buses: [own: Bus, twin: Bus, other: Bus, plain: Bus]
  let subject: string

  beforeEach(async () => {
    prefixes = [randomUUID(), randomUUID()]
    subject = `test.${randomUUID()}`
    const [own, other] = prefixes
    buses = await Promise.all([join(own), join(own), join(other), join()])
    return async () => {
      await Promise.all(buses.map((bus) => bus[Symbol.asyncDispose]()))
      for (const prefix of prefixes) await deleteNatsStreams({ servers: server.url, name: 'test', prefix })
    }
  })

  test('what is published is heard by those of the same prefix, under the subject that it was published to', async () => {
    const { heard, all, wait } = listener()
    const names = ['own', 'twin', 'other', 'plain']
    await Promise.all(buses.map((bus, i) => bus.subscribe('test.>', (_, on) => heard(`${names[i]} ${on}`))))
    buses[0].publish(subject, bytes(''))
    expect((await wait(2)).sort()).toEqual([`own ${subject}`, `twin ${subject}`])
    // Whatever had come would have come before this.
    for (const bus of buses) bus.publish(`${subject}.last`, bytes(''))
    await wait(2 + 5)
    expect(all().filter((line) => line.endsWith(subject)).length).toBe(2)
  })

  test('a call is served by those of the same prefix only, and replicas are known to them only', async () => {
    const contract = defineRpc(subject, {
      whoami: { input: Type.Object({}), output: Type.Object({ id: Type.String() }), errors: [] },
    })
    const service = `s-${randomUUID()}`
    const follow = buses.map((bus) => followReplicas(bus, service))
    const replica = 'r1'
    const api = { whoami: async () => ({ id: replica }) }
    await serveRpc(buses[0], contract, { queue: 'q', replica, api, onError() {} })
    const stop = announceReplica(buses[0], service, replica)
    await expect.poll(() => follow.map(({ count }) => count)).toEqual([1, 1, 0, 0])
    const calls = buses.map((bus, i) => rpcClient(bus, contract, { replicas: follow[i]! }).whoami(actor, {}))
    expect(await Promise.allSettled(calls)).toMatchObject([
      { value: { id: replica } },
      { value: { id: replica } },
      { reason: { code: 'unavailable' } },
      { reason: { code: 'unavailable' } },
    ])
    await Promise.all([stop(), ...follow.map((replicas) => replicas.close())])
  })

  test('events are kept apart, also where streams and consumers are called alike', async () => {
    const [own, twin, other] = buses
    const { heard, all, wait } = listener()
    for (const bus of [own, other]) await bus.ensureStream(EVENTS)
    const store = (bus: Bus, id: string) =>
      bus.publishDurable([{ subject: 'event.made', id, headers: {}, body: bytes('') }])
    await store(own, 'own')
    await store(other, 'other')
    const consumer = { stream: 'EVENTS', name: 'c', filter: 'event.>' }
    await twin.consume(consumer, async (event) => heard(`twin ${event.subject} ${event.id}`))
    await other.consume(consumer, async (event) => heard(`other ${event.subject} ${event.id}`))
    await wait(2)
    expect(all().sort()).toEqual(['other event.made other', 'twin event.made own'])
    await expect(store(buses[3], 'plain')).rejects.toEqual(unavailable)
  })

  test('its streams can be deleted, and nobody else loses theirs', async () => {
    for (const bus of buses.slice(0, 3)) await bus.ensureStream(EVENTS)
    const [own, other] = prefixes.map((prefix) => `EVENTS_${prefix}`)
    expect(await streamNames()).toEqual(expect.arrayContaining([own, other]))
    await deleteNatsStreams({ servers: server.url, name: 'test', prefix: prefixes[0]! })
    const left = await streamNames()
    expect(left).toContain(other)
    expect(left).not.toContain(own)
  })
})

test.each(['', 'a.b', 'a b', '>', 'EVENTS', 'a_b'])('%j is no prefix', async (prefix) => {
  await expect(join(prefix)).rejects.toThrow(TypeError)
})
