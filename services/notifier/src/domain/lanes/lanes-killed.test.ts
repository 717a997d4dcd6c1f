import { randomUUID } from 'node:crypto'
import { runDueJobs } from '@parley/database'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { LANE_CHANNEL, laneScene } from '../../../test/lane-scene.ts'
import type { Outcome } from '../ports/channel.ts'
import { laneKind } from './lane-kind.ts'
import { createLanes } from './lanes.ts'

const DAY_MS = 86_400_000
const LEASE_MS = 30_000

describeUseCases('pushes over which processes end', (current) => {
  /** `runDying` runs what is due in a process that ends when it hands over one of those that `dies` says: all, at first. */
  const killedScene = async () => {
    const scene = await laneScene(current())
    const { deps, lane, answers, tenantId } = scene
    const dies = { of: (_conversationId: unknown) => true }
    const runDying = async () => {
      // nothing of what it knew from then on is written down
      let isDead = false
      const before = answers.next
      answers.next = async ({ data }): Promise<Outcome> => {
        isDead ||= dies.of(data.conversationId)
        return { kind: 'accepted' }
      }
      const { handlers } = createLanes(
        {
          ...deps,
          store: {
            ...deps.store,
            transaction: (tenant, work) =>
              isDead ? Promise.reject(new Error('killed')) : deps.store.transaction(tenant, work),
          },
        },
        [lane],
      )
      // what its end leaves of the lane's own job is another question
      await runDueJobs({ queue: deps.store.jobs, handlers: handlers as never, onFailed: () => {} })
      await scene.world.asOwner('UPDATE jobs SET attempts = 0 WHERE tenant_id = $1', [tenantId])
      answers.next = before
    }
    return { ...scene, dies, runDying }
  }

  test('killed between handing over and writing it down, it is handed over again with the same id', async () => {
    const { put, run, runDying, sent, rows, world } = await killedScene()
    await put()
    await runDying()
    expect(sent).toHaveLength(1)
    expect(await rows()).toMatchObject([{ state: 'waiting', taken: true }])
    await run()
    expect(sent).toHaveLength(1)
    await world.later(LEASE_MS)
    await run()
    expect(sent).toHaveLength(2)
    expect(sent[0]!.id).toBe(sent[1]!.id)
    expect(await rows()).toMatchObject([{ state: 'accepted' }])
  })

  test('a lane goes on however many processes have died over it', async () => {
    const { put, run, sent, rows, world, tenantId } = await killedScene()
    await put()
    await world.asOwner('UPDATE jobs SET attempts = 7 WHERE tenant_id = $1', [tenantId])
    const [job] = await world.store.jobs.claim([laneKind(LANE_CHANNEL)], 1)
    // the eighth, which is the last that a job may end
    expect(job).toMatchObject({ attempt: 8, claim: expect.any(String) })
    await world.store.transaction(tenantId, ({ handOvers }) => handOvers.take(LANE_CHANNEL, 1))
    await world.later(LEASE_MS)
    await run()
    expect([sent.length, await rows()]).toMatchObject([1, [{ state: 'accepted' }]])
  })

  test('however many workers were killed over it, a push has five tries', async () => {
    const { put, run, runDying, sent, rows, answers, world, ana } = await killedScene()
    await put()
    for (let n = 0; n < 7; n++) {
      await runDying()
      await world.later(LEASE_MS)
    }
    sent.length = 0
    answers.next = async () => ({ kind: 'later', reason: '503' })
    for (let n = 0; n < 4; n++) {
      await run()
      // more of the same waits with it
      await put({ fromSeq: n + 2, toSeq: n + 2 })
      await run()
      expect([sent.length, await rows()]).toMatchObject([n + 1, [{ state: 'waiting', reason: '503' }]])
      await world.later(DAY_MS)
    }
    await run()
    expect([sent.length, await rows()]).toMatchObject([5, [{ state: 'dead', reason: '503' }]])
    const admin = { ...ana, userId: 'host', role: 'service' as const }
    expect(await world.notifications.listDeadLetters(admin, {})).toMatchObject({ data: [{ attempts: 5 }] })
    // driven again it has as many once more
    await world.notifications.redriveDeadLetters(admin, {})
    await run()
    expect(await rows()).toMatchObject([{ state: 'waiting', attempts: 1 }])
  })

  test('a push that ends each process is tried alone, keeps no other for long, and is a dead letter in the end', async () => {
    const { put, run, runDying, sent, rows, dies, world, tenantId } = await killedScene()
    const [killer, beside, after] = [randomUUID(), randomUUID(), randomUUID()]
    dies.of = (conversationId) => conversationId === killer
    const states = async () =>
      Object.fromEntries(
        (
          await world.asOwner<{ conversation_id: string; state: string }>(
            'SELECT conversation_id, state FROM hand_overs WHERE tenant_id = $1',
            [tenantId],
          )
        ).map(({ conversation_id: id, state }) => [id, state]),
      )
    await put({ conversationId: killer })
    await put({ conversationId: beside })
    for (let n = 0; n < 6; n++) {
      await runDying()
      await world.later(LEASE_MS)
    }
    // nobody knows as yet which of the two it is
    expect(await states()).toEqual({ [killer]: 'waiting', [beside]: 'waiting' })
    await put({ conversationId: after })
    sent.length = 0
    await runDying()
    // what is new is handed over first, and what ends the process is in hand alone
    expect(sent.map(({ data }) => data.conversationId).filter((id) => id !== beside)).toEqual([after, killer])
    await world.later(LEASE_MS / 2)
    await runDying()
    expect(await states()).toEqual({ [killer]: 'waiting', [beside]: 'accepted', [after]: 'accepted' })
    await world.asOwner('UPDATE hand_overs SET attempts = 99, lost = 98 WHERE tenant_id = $1', [tenantId])
    for (let n = 0; n < 3; n++) {
      await world.later(LEASE_MS)
      sent.length = 0
      await (n < 2 ? runDying() : run())
      expect(sent).toHaveLength(n < 2 ? 1 : 0)
    }
    expect((await rows()).filter(({ state }) => state === 'dead')).toMatchObject([
      { reason: expect.stringContaining('each process that tried it ended') },
    ])
  })
})
