import { randomUUID } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { type Actor, defineRpc } from '@parley/contracts'
import { type NatsCluster, startNats, startNatsCluster } from '@parley/testkit'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectNatsBus } from './nats.ts'
import { rpcClient, serveRpc } from './rpc.ts'

const silent = { info() {}, warn() {}, error() {} }
const bytes = (text: string) => new TextEncoder().encode(text)
const actor: Actor = { tenantId: 't', userId: 'ann', role: 'user', hostRole: null, name: null, avatarUrl: null }
const CALLERS = 8

describe('three NATS servers with routes', () => {
  let cluster: NatsCluster
  beforeAll(async () => {
    cluster = await startNatsCluster()
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })
  const join = () => connectNatsBus({ servers: cluster.url, name: 'test', log: silent, replicas: 3 })
  /** A server alone says who of the members leads only while it has a majority: asked again until it does. */
  const untilDone = <T>(attempt: () => Promise<T>): Promise<T> =>
    expect.poll(() => attempt().then(() => 'done', String), { timeout: 60_000 }).toBe('done') as Promise<T>

  test('each is killed in turn: calls under way are answered, and every event is on the others and is heard', async () => {
    await using near = await join()
    await using far = await join()
    const name = `KEPT_${randomUUID()}`
    const contract = defineRpc(`test.${randomUUID()}`, {
      send: {
        input: Type.Object({ to: Type.String() }),
        output: Type.Object({ to: Type.String() }),
        errors: [],
        batchKey: (_: Actor, { to }: { to: string }) => to,
      },
    })
    await untilDone(() => near.ensureStream({ name, subjects: [`${name}.>`], maxAgeMs: 60_000, maxBytes: 1_000_000 }))
    const heard = new Set<string>()
    await untilDone(() =>
      far.consume({ stream: name, name: 'c', filter: `${name}.>` }, async ({ id }) => void heard.add(id)),
    )
    await serveRpc(far, contract, {
      ...{ queue: 'q', onError() {} },
      api: { send: async (_, { to }) => new Promise((resolve) => setTimeout(resolve, 5, { to })) },
    })
    const { send } = rpcClient(near, contract)
    let running = true
    let answered = 0
    const refused: unknown[] = []
    const calling = Array.from({ length: CALLERS }, async (_, caller) => {
      while (running)
        await send(actor, { to: `person-${caller}` }).then(
          () => answered++,
          (err) => refused.push(err),
        )
    })
    const stored: string[] = []
    let number = 0
    const storing = (async () => {
      while (running) {
        const id = `e${++number}`
        // as the relay does: until it is acknowledged
        while (
          !(await near.publishDurable([{ subject: `${name}.x`, id, headers: {}, body: bytes(id) }]).then(
            () => true,
            () => false,
          ))
        )
          await new Promise((resolve) => setTimeout(resolve, 50))
        stored.push(id)
      }
    })()
    for (const server of cluster.servers) {
      const before = { answered, stored: stored.length }
      await server.kill('SIGKILL')
      await expect.poll(() => stored.length, { timeout: 60_000 }).toBeGreaterThan(before.stored + 5)
      await expect.poll(() => answered, { timeout: 60_000 }).toBeGreaterThan(before.answered + 5)
      await server.restart()
      // the next one goes when this one has everything: two of three are a majority
      await untilDone(async () => {
        const raw = await connect({ servers: cluster.url.split(',') })
        try {
          const { config, cluster: of } = await (await jetstreamManager(raw, { checkAPI: false })).streams.info(name)
          const current = of?.replicas?.filter((peer) => peer.current && !peer.offline) ?? []
          if (config.num_replicas !== 3 || current.length !== 2) throw new Error(`${current.length} follow`)
        } finally {
          await raw.close()
        }
      })
    }
    running = false
    await Promise.all([storing, ...calling])
    expect(refused).toEqual([])
    await expect.poll(() => stored.filter((id) => !heard.has(id)), { timeout: 60_000 }).toEqual([])
  }, 240_000)

  test('a server alone says that it cannot keep a stream on three', async () => {
    await using server = await startNats({ own: true })
    await using bus = await connectNatsBus({ servers: server.url, name: 'test', log: silent, replicas: 3 })
    const name = `ALONE_${randomUUID()}`
    const stream = { name, subjects: [`${name}.>`], maxAgeMs: 60_000, maxBytes: 1_000_000 }
    await expect(bus.ensureStream(stream)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/cannot be on 3 servers.*NATS_REPLICAS/),
    })
  })
})
