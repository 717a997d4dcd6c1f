import { randomUUID } from 'node:crypto'
import { type Actor, type Api, defineRpc, ParleyError, type Served } from '@parley/contracts'
import { Type } from 'typebox'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Bus } from '../src/bus.ts'
import { announceReplica, followReplicas } from '../src/replicas.ts'
import { rpcClient, serveRpc } from '../src/rpc.ts'
import { fromBytes, MAX_BATCH_BYTES, toBytes } from '../src/rpc-wire.ts'
import type { Parties } from './bus-conformance.ts'

const actor: Actor = { tenantId: 't', userId: 'ann', role: 'user', hostRole: null, name: null, avatarUrl: null }

const contractAt = (prefix: string) =>
  defineRpc(prefix, {
    read: {
      input: Type.Object({ id: Type.String() }, { additionalProperties: false }),
      output: Type.Object({ id: Type.String(), by: Type.String() }),
      errors: ['not_found'],
    },
    send: {
      input: Type.Object({ to: Type.String(), n: Type.Integer(), content: Type.Optional(Type.String()) }),
      output: Type.Object({ n: Type.Integer(), content: Type.Optional(Type.String()) }),
      errors: ['forbidden'],
      batchKey: (_, input) => input.to,
    },
  })
type TestApi = Api<ReturnType<typeof contractAt>>

/** Enough keys that every lane has some of them. */
const manyKeys = Array.from({ length: 32 }, (_, i) => `key-${i}`)

/** Calls over a bus, whatever carries it. */
export function rpcConformance(name: string, open: () => Promise<Parties>): void {
  describe(`calls over the ${name} bus`, () => {
    let parties: Parties
    let contract: ReturnType<typeof contractAt>
    let reported: unknown[]

    beforeEach(async () => {
      parties = await open()
      contract = contractAt(`test.${randomUUID()}`)
      reported = []
    })
    afterEach(async () => {
      vi.useRealTimers()
      await parties[Symbol.asyncDispose]()
    })

    const api: TestApi = {
      read: async ({ userId }, { id }) => ({ id, by: userId }),
      send: async (_, { n, content }) => ({ n, ...(content !== undefined && { content }) }),
    }
    const serve = (changed: Partial<TestApi> = {}, bus: Bus = parties.far) =>
      serveRpc(bus, contract, { queue: 'q', api: { ...api, ...changed }, onError: (err) => reported.push(err) })
    const client = (timeoutMs?: number) => rpcClient(parties.near, contract, timeoutMs ? { timeoutMs } : {})

    describe('with replicas', () => {
      /** Two that say where a call was done, and callers that know both. */
      const two = async (changed: (id: string) => Partial<TestApi> = () => ({})) => {
        const service = `s-${randomUUID()}`
        const follower = followReplicas(parties.near, service)
        const serving = await Promise.all(
          ['a', 'b'].map(async (id) => {
            const own = {
              read: async () => ({ id, by: id }),
              send: async (_: Actor, { n }: { n: number }) => ({ n, content: id }),
              ...changed(id),
            }
            const stop = await serveRpc(parties.far, contract, {
              queue: 'q',
              replica: id,
              api: own,
              onError: (err) => reported.push(err),
            })
            return { id, stop, leave: announceReplica(parties.far, service, id) }
          }),
        )
        await vi.waitFor(() => expect([follower.forLane(0), follower.forLane(1)]).toEqual(['a', 'b']))
        return { follower, serving, calls: rpcClient(parties.near, contract, { replicas: follower }) }
      }

      test('calls with one key go to one replica, and all of them have work', async () => {
        const { calls, follower } = await two()
        const done = await Promise.all(manyKeys.map((to) => calls.send(actor, { to, n: 1 })))
        const again = await Promise.all(manyKeys.map((to) => calls.send(actor, { to, n: 2 })))
        expect(again.map(({ content }) => content)).toEqual(done.map(({ content }) => content))
        expect(new Set(done.map(({ content }) => content))).toEqual(new Set(['a', 'b']))
        const reads = await Promise.all([1, 2, 3, 4].map(() => calls.read(actor, { id: '1' })))
        expect(new Set(reads.map(({ by }) => by))).toEqual(new Set(['a', 'b']))
        await follower.close()
      })

      test('what one was asked that falls silent is done by the other, in order, and nothing waits for it', async () => {
        const done: string[] = []
        const { calls, follower, serving } = await two((id) =>
          id === 'a'
            ? { send: () => new Promise(() => {}) }
            : {
                send: async (_, { to, n }) => {
                  done.push(`${to}:${n}`)
                  return { n, content: id }
                },
              },
        )
        const asked = manyKeys.flatMap((to) => [1, 2, 3].map((n) => calls.send(actor, { to, n })))
        // It says nothing any more, not even that it leaves.
        follower.forget('a')
        await serving[0]!.leave()
        expect(new Set((await Promise.all(asked)).map(({ content }) => content))).toEqual(new Set(['b']))
        for (const key of manyKeys)
          expect(done.filter((one) => one.startsWith(`${key}:`))).toEqual([1, 2, 3].map((n) => `${key}:${n}`))
        await follower.close()
      })

      test('one that is gone without a word is noticed', async () => {
        const { calls, follower, serving } = await two()
        await serving[0]!.stop()
        const done = await Promise.all(manyKeys.map((to) => calls.send(actor, { to, n: 1 })))
        expect(new Set(done.map(({ content }) => content))).toEqual(new Set(['b']))
        expect((await Promise.all([1, 2].map(() => calls.read(actor, { id: '1' })))).map(({ by }) => by)).toEqual([
          'b',
          'b',
        ])
        await serving[1]!.leave()
        await vi.waitFor(() => expect(follower.next()).toBe('a'), { timeout: 2_000 })
        await serving[0]!.leave()
        await vi.waitFor(() => expect(follower.next()).toBeUndefined())
        await follower.close()
      })
    })

    describe('one call', () => {
      test('is answered by the same shape of function', async () => {
        await serve()
        expect(await client().read(actor, { id: '1' })).toEqual({ id: '1', by: 'ann' })
        expect(await client().send(actor, { to: 'bob', n: 1 })).toEqual({ n: 1 })
      })

      test.each(['read', 'send'] as const)('%s: nobody serves it: unavailable, with a time to retry', async (name) => {
        const call = client()[name](actor, { id: '1', to: 'bob', n: 1 })
        await expect(call).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 500 })
      })

      test.each(['read', 'send'] as const)('%s: no answer in time: unavailable', async (name) => {
        const stuck = client(100)
        await parties.far.serve(`${contract.prefix}.${name}`, 'q', () => {})
        await expect(stuck[name](actor, { id: '1', to: 'bob', n: 1 })).rejects.toMatchObject({ code: 'unavailable' })
      })

      test('a declared error reaches the caller as it was thrown', async () => {
        const thrown = new ParleyError('not_found', 'No such thing', { retryAfterMs: 7 })
        await serve({ read: () => Promise.reject(thrown) })
        await expect(client().read(actor, { id: '1' })).rejects.toMatchObject({
          code: 'not_found',
          message: 'No such thing',
          retryAfterMs: 7,
        })
        expect(reported).toEqual([])
      })

      test.each([new ParleyError('blocked', 'a secret'), new Error('a secret')])(
        'an undeclared error says nothing to the caller and everything to the server',
        async (thrown) => {
          await serve({ read: () => Promise.reject(thrown), send: () => Promise.reject(thrown) })
          for (const call of [client().read(actor, { id: '1' }), client().send(actor, { to: 'bob', n: 1 })]) {
            const err = await call.catch((caught: unknown) => caught)
            expect(err).toMatchObject({ code: 'internal' })
            expect(String(err)).not.toContain('secret')
          }
          expect(reported).toEqual([thrown, thrown])
        },
      )

      test('a wrong input is named by its place', async () => {
        await serve()
        const wrong = { id: 1 } as unknown as { id: string }
        await expect(client().read(actor, wrong)).rejects.toMatchObject({
          code: 'invalid_input',
          errors: [{ pointer: '/id', code: 'type' }],
        })
      })

      test('a wrong actor is refused', async () => {
        await serve()
        const wrong = { ...actor, role: 'root' } as unknown as Actor
        await expect(client().read(wrong, { id: '1' })).rejects.toMatchObject({ code: 'invalid_input' })
      })

      test('a reply that the bus would not carry is the server’s fault', async () => {
        await serve({ read: async () => ({ id: 'x'.repeat(parties.far.maxPayload), by: '' }) })
        await expect(client().read(actor, { id: '1' })).rejects.toMatchObject({ code: 'internal' })
        expect(reported).toEqual([expect.any(RangeError)])
      })

      test('a call that the bus would not carry is refused', async () => {
        await serve()
        const content = 'x'.repeat(parties.near.maxPayload)
        for (const call of [client().read(actor, { id: content }), client().send(actor, { to: 'bob', n: 1, content })])
          await expect(call).rejects.toMatchObject({ code: 'payload_too_large' })
      })

      test('nothing is done for a caller that has gone', async () => {
        const done: string[] = []
        await serve({
          read: async (_, { id }) => {
            done.push(id)
            return { id, by: '' }
          },
          send: async (_, { to, n }) => {
            done.push(to)
            return { n }
          },
        })
        const past = Date.now() - 1
        const future = Date.now() + 60_000
        const late = toBytes(JSON.stringify({ actor, input: { id: 'late' }, deadline: past }))
        const unanswered = parties.near.request(`${contract.prefix}.read`, late, { timeoutMs: 100 })
        const items = [
          { actor, input: { to: 'late', n: 1 }, deadline: past },
          { actor, input: { to: 'present', n: 2 }, deadline: future },
        ]
        let part: unknown
        await parties.near.requestParts(`${contract.prefix}.send`, toBytes(JSON.stringify({ items })), {
          timeoutMs: 5_000,
          onPart: (body) => {
            part = fromBytes(body)
            return true
          },
        })
        expect(part).toEqual({ items: [[1, { ok: true, data: { n: 2 } }]] })
        await expect(unanswered).rejects.toMatchObject({ code: 'unavailable' })
        expect(done).toEqual(['present'])
      })
    })

    describe('calls that travel together', () => {
      test('1,000 at once arrive in order per key, in few requests', async () => {
        const arrived = new Map<string, number[]>()
        let requests = 0
        const counting: Bus = Object.create(parties.far, {
          serve: {
            value: ((subject, queue, handle) =>
              parties.far.serve(subject, queue, (body, reply) => {
                requests++
                return handle(body, reply)
              })) satisfies Bus['serve'],
          },
        })
        await serve(
          {
            send: async (_, { to, n }) => {
              arrived.set(to, [...(arrived.get(to) ?? []), n])
              await new Promise((resolve) => setImmediate(resolve))
              return { n }
            },
          },
          counting,
        )
        const chat = client()
        const sent = Array.from({ length: 1_000 }, (_, n) => ({ to: manyKeys[n % 10]!, n }))
        const answers = await Promise.all(sent.map((input) => chat.send(actor, input)))
        expect(answers.map(({ n }) => n)).toEqual(sent.map(({ n }) => n))
        for (const numbers of arrived.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
        expect(arrived.size).toBe(10)
        expect(requests).toBeLessThan(20)
      })

      test('a slow one does not hold back the others', async () => {
        const slow = gate()
        await serve({ send: (_, { to, n }) => (to === 'slow' ? slow.wait({ n }) : Promise.resolve({ n })) })
        const chat = client()
        // No timer fires: the others go on because they are answered, not because patience is over.
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
        const waiting = chat.send(actor, { to: 'slow', n: 0 })
        // Twice: with it in one request, and then past it in later ones of the same lane.
        for (const n of [1, 2]) await Promise.all(manyKeys.map((to) => chat.send(actor, { to, n })))
        slow.open()
        expect(await waiting).toEqual({ n: 0 })
      })

      test('one that says that it waits for somebody outside holds back nobody but its key, though it came alone', async () => {
        const slow = gate()
        await serve({
          send: async (_: Actor, { to, n }: { to: string; n: number }, served?: Served) => {
            if (to !== 'slow') return { n }
            served?.waits()
            return slow.wait({ n })
          },
        })
        const chat = client()
        // No timer fires: nobody's patience is over.
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
        const waiting = chat.send(actor, { to: 'slow', n: 0 })
        await new Promise((resolve) => setImmediate(resolve))
        const behind = chat.send(actor, { to: 'slow', n: 1 })
        await Promise.all(manyKeys.map((to) => chat.send(actor, { to, n: 2 })))
        slow.open()
        expect(await Promise.all([waiting, behind])).toEqual([{ n: 0 }, { n: 1 }])
      })

      test('one that is never answered does not hold back its lane for long', async () => {
        const lost = gate()
        await serve({ send: (_, { to, n }) => (to === 'lost' ? lost.wait({ n }) : Promise.resolve({ n })) })
        const chat = client(20_000)
        let settled = false
        chat
          .send(actor, { to: 'lost', n: 0 })
          .catch(() => {})
          .finally(() => {
            settled = true
          })
        await new Promise((resolve) => setImmediate(resolve))
        await Promise.all(manyKeys.map((to) => chat.send(actor, { to, n: 1 })))
        expect(settled).toBe(false)
        lost.open()
      })

      test('the next of a key waits for a slow one before it, until that is answered', async () => {
        const slow = gate()
        const arrived: number[] = []
        await serve({
          send: (_, { to, n }) => {
            if (to !== 'slow') return Promise.resolve({ n })
            arrived.push(n)
            return n === 0 ? slow.wait({ n }) : Promise.resolve({ n })
          },
        })
        const chat = client()
        const others = () => Promise.all(manyKeys.map((to) => chat.send(actor, { to, n: 9 })))
        const first = chat.send(actor, { to: 'slow', n: 0 })
        await others()
        const second = chat.send(actor, { to: 'slow', n: 1 })
        await others()
        const third = chat.send(actor, { to: 'slow', n: 2 })
        await others()
        expect(arrived).toEqual([0])
        slow.open()
        await Promise.all([first, second, third])
        expect(arrived).toEqual([0, 1, 2])
      })

      test('the next of a key goes when a slow one before it has timed out', async () => {
        const slow = gate()
        await serve({ send: (_, { n }) => (n === 0 ? slow.wait({ n }) : Promise.resolve({ n })) })
        const short = client(300)
        const others = client()
        const lost = short.send(actor, { to: 'slow', n: 0 })
        await Promise.all(manyKeys.map((to) => others.send(actor, { to, n: 9 })))
        await expect(lost).rejects.toMatchObject({ code: 'unavailable' })
        expect(await short.send(actor, { to: 'slow', n: 1 })).toEqual({ n: 1 })
        slow.open()
      })

      test.each(['asked', 'answered'])(
        '500 of 10,000 characters, %s, never make a message that the bus refuses',
        async (which) => {
          const sizes: number[] = []
          const measured: Bus = Object.create(parties.far, {
            serve: {
              value: ((subject, queue, handle) =>
                parties.far.serve(subject, queue, (body, reply) => {
                  sizes.push(body.length)
                  return handle(body, (part) => {
                    sizes.push(part.length)
                    reply(part)
                  })
                })) satisfies Bus['serve'],
            },
          })
          const content = '€'.repeat(10_000)
          const asked = which === 'asked' ? { content } : {}
          await serve({ send: async (_, { n }) => ({ n, ...(which === 'answered' && { content }) }) }, measured)
          // what is promised here is a size, however long a busy machine takes over 15 MB
          const chat = client(60_000)
          const answers = await Promise.all(
            Array.from({ length: 500 }, (_, n) => chat.send(actor, { to: manyKeys[n % 32]!, n, ...asked })),
          )
          expect(answers.map(({ n }) => n)).toEqual(Array.from({ length: 500 }, (_, n) => n))
          expect(Math.max(...sizes)).toBeLessThan(MAX_BATCH_BYTES + 64)
          expect(Math.max(...sizes)).toBeGreaterThan(MAX_BATCH_BYTES / 2)
        },
      )

      test('a bad one harms only itself', async () => {
        await serve({
          send: (_, { n }) => {
            if (n === 3) throw new ParleyError('forbidden', 'Not you')
            return Promise.resolve({ n })
          },
        })
        const chat = client()
        const numbers = [0, 1, 2.5, 3, 4]
        const outcomes = await Promise.allSettled(numbers.map((n) => chat.send(actor, { to: 'bob', n })))
        const told = outcomes.map((one) => (one.status === 'fulfilled' ? one.value.n : one.reason.code))
        expect(told).toEqual([0, 1, 'invalid_input', 'forbidden', 4])
      })
    })
  })
}

/** Something that is not ready until the test says so. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), wait: async <T>(value: T): Promise<T> => opened.then(() => value) }
}
