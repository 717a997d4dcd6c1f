import { type Actor, ParleyError, type Served } from '@parley/contracts'
import { describe, expect, test, vi } from 'vitest'
import type { Bus } from '../src/bus.ts'
import { MAX_BATCH_BYTES } from '../src/rpc-wire.ts'
import { actor, manyKeys, type RpcWorld } from './rpc-world.ts'

/** Calls that share a request. */
export function rpcBatches(rpc: RpcWorld): void {
  const { serve, client } = rpc
  describe('calls that travel together', () => {
    test('1,000 at once arrive in order per key, in few requests', async () => {
      const arrived = new Map<string, number[]>()
      let requests = 0
      const counting: Bus = Object.create(rpc.parties.far, {
        serve: {
          value: ((subject, queue, handle) =>
            rpc.parties.far.serve(subject, queue, (body, reply) => {
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
        const measured: Bus = Object.create(rpc.parties.far, {
          serve: {
            value: ((subject, queue, handle) =>
              rpc.parties.far.serve(subject, queue, (body, reply) => {
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
}

/** Something that is not ready until the test says so. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), wait: async <T>(value: T): Promise<T> => opened.then(() => value) }
}
