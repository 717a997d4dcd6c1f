import { randomUUID } from 'node:crypto'
import type { Actor } from '@parley/contracts'
import { describe, expect, test, vi } from 'vitest'
import { announceReplica, followReplicas } from '../src/replicas.ts'
import { rpcClient, serveRpc } from '../src/rpc.ts'
import { actor, manyKeys, type RpcWorld, type TestApi } from './rpc-world.ts'

/** Calls where several serve. */
export function rpcReplicas(rpc: RpcWorld): void {
  describe('with replicas', () => {
    /** Two that say where a call was done, and callers that know both. */
    const two = async (changed: (id: string) => Partial<TestApi> = () => ({})) => {
      const service = `s-${randomUUID()}`
      const follower = followReplicas(rpc.parties.near, service)
      const serving = await Promise.all(
        ['a', 'b'].map(async (id) => {
          const own = {
            read: async () => ({ id, by: id }),
            send: async (_: Actor, { n }: { n: number }) => ({ n, content: id }),
            ...changed(id),
          }
          const stop = await serveRpc(rpc.parties.far, rpc.contract, {
            queue: 'q',
            replica: id,
            api: own,
            onError: (err) => rpc.reported.push(err),
          })
          return { id, stop, leave: announceReplica(rpc.parties.far, service, id) }
        }),
      )
      await vi.waitFor(() => expect([follower.forLane(0), follower.forLane(1)]).toEqual(['a', 'b']))
      return { follower, serving, calls: rpcClient(rpc.parties.near, rpc.contract, { replicas: follower }) }
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
}
