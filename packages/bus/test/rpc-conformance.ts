import { randomUUID } from 'node:crypto'
import { type Actor, ParleyError } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { fromBytes, toBytes } from '../src/rpc-wire.ts'
import type { Parties } from './bus-conformance.ts'
import { rpcBatches } from './rpc-batches.ts'
import { rpcReplicas } from './rpc-replicas.ts'
import { actor, rpcWorld } from './rpc-world.ts'

/** Calls over a bus, whatever carries it. */
export function rpcConformance(name: string, open: () => Promise<Parties>): void {
  describe(`calls over the ${name} bus`, () => {
    const rpc = rpcWorld(open)
    const { serve, client } = rpc

    rpcReplicas(rpc)

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
        await rpc.parties.far.serve(`${rpc.contract.prefix}.${name}`, 'q', () => {})
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
        expect(rpc.reported).toEqual([])
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
          expect(rpc.reported).toEqual([thrown, thrown])
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
        await serve({ read: async () => ({ id: 'x'.repeat(rpc.parties.far.maxPayload), by: '' }) })
        await expect(client().read(actor, { id: '1' })).rejects.toMatchObject({ code: 'internal' })
        expect(rpc.reported).toEqual([expect.any(RangeError)])
      })

      test('a call that the bus would not carry is refused', async () => {
        await serve()
        const content = 'x'.repeat(rpc.parties.near.maxPayload)
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
        const unanswered = rpc.parties.near.request(`${rpc.contract.prefix}.read`, late, { timeoutMs: 100 })
        const items = [
          { actor, input: { to: 'late', n: 1 }, deadline: past },
          { actor, input: { to: 'present', n: 2 }, deadline: future },
        ]
        let part: unknown
        await rpc.parties.near.requestParts(`${rpc.contract.prefix}.send`, toBytes(JSON.stringify({ items })), {
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

      test('a caller whose clock is ten minutes behind is answered while it waits, and not when it has gone', async () => {
        const done: string[] = []
        await serve({
          read: async (_, { id }) => {
            done.push(id)
            return { id, by: '' }
          },
        })
        const caller = randomUUID()
        const ask = (id: string, ageMs: number) => {
          const sent = [caller, performance.now() - 600_000 - ageMs, 5_000]
          const call = { actor, input: { id }, deadline: Date.now() - 595_000 - ageMs, sent }
          return rpc.parties.near.request(`${rpc.contract.prefix}.read`, toBytes(JSON.stringify(call)), {
            timeoutMs: ageMs > 5_000 ? 100 : 5_000,
          })
        }
        // a process that was held up, as on a busy machine, believes nobody new for a moment
        await expect
          .poll(() =>
            ask('first', 0).then(
              () => 'answered',
              () => 'not',
            ),
          )
          .toBe('answered')
        await ask('waiting', 1_000)
        await expect(ask('gone', 20_000)).rejects.toMatchObject({ code: 'unavailable' })
        expect(done).toEqual(['first', 'waiting'])
      })
    })

    rpcBatches(rpc)
  })
}
