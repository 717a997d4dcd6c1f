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

  test('each is killed in turn: calls go on, and none is done again that was answered, and every event is on the others and is heard', async () => {
    await using near = await join()
    await using far = await join()
    const name = `KEPT_${randomUUID()}`
    const contract = defineRpc(`test.${randomUUID()}`, {
      send: {
        input: Type.Object({ to: Type.String(), n: Type.Integer() }),
        output: Type.Object({ n: Type.Integer() }),
        errors: [],
        batchKey: (_: Actor, { to }: { to: string }) => to,
      },
    })
    await untilDone(() => near.ensureStream({ name, subjects: [`${name}.>`], maxAgeMs: 60_000, maxBytes: 1_000_000 }))
    const heard = new Set<string>()
    await untilDone(() =>
      far.consume({ stream: name, name: 'c', filter: `${name}.>` }, async ({ id }) => void heard.add(id)),
    )
    /** By caller, how many calls were answered, and the last of them. */
    const callers = Array.from({ length: CALLERS }, (_, i) => ({ to: `person-${i}`, answered: 0, last: 0 }))
    const doneAfterAnswer: string[] = []
    await serveRpc(far, contract, {
      ...{ queue: 'q', onError() {} },
      api: {
        send: async (_, { to, n }) => {
          // one whose answer was lost is made again, but none that has its answer
          if (n <= callers.find((caller) => caller.to === to)!.last) doneAfterAnswer.push(`${to} ${n}`)
          return new Promise((resolve) => setTimeout(resolve, 5, { n }))
        },
      },
    })
    const { send } = rpcClient(near, contract)
    let running = true
    const refused = new Set<unknown>()
    const calling = callers.map(async (caller) => {
      for (let n = 1; running; n++)
        try {
          await send(actor, { to: caller.to, n })
          caller.answered++
          caller.last = n
        } catch (err) {
          // where the machine is so busy that a connection is not back in a second
          refused.add((err as { code?: unknown }).code ?? err)
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
    })
    /** How many calls the caller has answered who has fewest. */
    const answered = () => Math.min(...callers.map((caller) => caller.answered))
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
      const before = { answered: answered(), stored: stored.length }
      await server.kill('SIGKILL')
      await expect.poll(() => stored.length, { timeout: 60_000 }).toBeGreaterThan(before.stored + 5)
      await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(before.answered + 5)
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
    const atTheEnd = answered()
    await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(atTheEnd + 5)
    running = false
    await Promise.all([storing, ...calling])
    expect([...refused].filter((code) => code !== 'unavailable')).toEqual([])
    expect(doneAfterAnswer).toEqual([])
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
