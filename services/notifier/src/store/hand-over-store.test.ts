import { randomUUID } from 'node:crypto'
import { runDueJobs } from '@parley/database'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { laneKind } from '../domain/lanes/lane-kind.ts'
import type { NewHandOver, Settlement, TakenHandOver } from '../domain/ports/hand-overs.ts'

const AT = '2026-03-01T10:00:00.000Z'
const LEASE_MS = 30_000

describeUseCases('what is to be handed over', (current) => {
  const scene = () => {
    const { store, later, tenant, asOwner } = current()
    const tenantId = tenant()
    const channel = `channel-${tenantId}`
    const conversationId = randomUUID()
    const wanted = (more: Partial<NewHandOver> = {}): NewHandOver => ({
      ...{
        userId: 'ana',
        channel,
        target: 'phone',
        kind: 'message',
        conversationId,
        fromSeq: 1,
        toSeq: 1,
        eventAt: AT,
      },
      ...more,
    })
    const again: Settlement = { state: 'waiting', reason: '503', afterMs: 5_000, counts: true }
    return {
      ...{ tenantId, channel, later, wanted, again, store },
      put: (...handOvers: NewHandOver[]) => store.transaction(tenantId, (unit) => unit.handOvers.store(handOvers)),
      take: (limit = 50) => store.transaction(tenantId, (unit) => unit.handOvers.take(channel, limit)),
      settle: (taken: Pick<TakenHandOver, 'id' | 'attempt'>, how: Settlement) =>
        store.transaction(tenantId, (unit) => unit.handOvers.settle([{ taken, how }])),
      nextIn: () => store.transaction(tenantId, (unit) => unit.handOvers.nextIn(channel)),
      rows: () =>
        asOwner('SELECT state, reason, attempts, taken FROM hand_overs WHERE tenant_id = $1 ORDER BY id', [tenantId]),
      runLane: (work: () => Promise<{ againMs: number } | undefined>) =>
        runDueJobs({
          queue: store.jobs,
          handlers: { [laneKind(channel)]: work },
          onFailed: (err) => {
            throw err
          },
        }),
    }
  }
  const accepted: Settlement = { state: 'accepted', reason: null }

  test('of what waits for a device about one conversation there is one, and the devices and the people have their own', async () => {
    const { put, take, wanted } = scene()
    await put(wanted(), wanted({ target: 'laptop' }), wanted({ userId: 'ben' }))
    await put(wanted({ fromSeq: 3, toSeq: 4, kind: 'mention', eventAt: '2026-03-01T10:00:09.000Z' }))
    await put(wanted({ conversationId: randomUUID() }))
    const taken = await take()
    expect(taken).toHaveLength(4)
    expect(
      taken.filter(({ userId, target, toSeq }) => userId === 'ana' && target === 'phone' && toSeq === 4),
    ).toMatchObject([{ kind: 'mention', fromSeq: 1, eventAt: AT, attempt: 1 }])
  })

  test('what is told twice in one go is one as well', async () => {
    const { put, take, wanted } = scene()
    await put(wanted({ fromSeq: 2, toSeq: 2 }), wanted({ fromSeq: 3, toSeq: 5 }))
    expect(await take()).toMatchObject([{ fromSeq: 2, toSeq: 5 }])
  })

  test('what is to be taken away takes the place of what waits, and what is shown that of it', async () => {
    const { put, take, wanted } = scene()
    await put(wanted({ fromSeq: 1, toSeq: 3 }))
    await put(wanted({ withdraws: true, fromSeq: 1, toSeq: 3 }))
    await put(wanted({ target: 'laptop', withdraws: true, fromSeq: 1, toSeq: 3 }))
    await put(wanted({ target: 'laptop', fromSeq: 4, toSeq: 4 }))
    const taken = await take()
    expect(taken.find(({ target }) => target === 'phone')).toMatchObject({ withdraws: true })
    expect(taken.find(({ target }) => target === 'laptop')).toMatchObject({ withdraws: false, fromSeq: 4, toSeq: 4 })
  })

  test('no more are taken than were asked for, however many wait that no statistics know of yet', async () => {
    const { put, take, wanted } = scene()
    await current().asOwner('TRUNCATE hand_overs')
    await put(
      ...Array.from({ length: 500 }, (_, i) =>
        wanted({ userId: `user-${i}`, conversationId: null, kind: 'broadcast' }),
      ),
    )
    expect(await take(50)).toHaveLength(50)
    expect(await take(50)).toHaveLength(50)
  })

  test('it is taken once, and again with the same id after whoever took it has died', async () => {
    const { put, take, wanted, later, settle } = scene()
    await put(wanted())
    const [dead] = await take()
    expect(await take()).toEqual([])
    await later(LEASE_MS)
    const [taken] = await take()
    expect(taken).toMatchObject({ id: dead!.id, attempt: 2, lost: 1 })
    // the one that was believed dead cannot give back what another has
    await settle(dead!, { state: 'waiting', reason: null, afterMs: 0, counts: true })
    expect(await take()).toEqual([])
    await settle(taken!, accepted)
    await later(LEASE_MS)
    expect(await take()).toEqual([])
  })

  test('what comes while it is handed over is another one, and takes over what could not be handed over', async () => {
    const { put, take, wanted, settle, again, later, rows } = scene()
    await put(wanted({ fromSeq: 1, toSeq: 2 }))
    const [first] = await take()
    await put(wanted({ fromSeq: 3, toSeq: 3 }))
    await settle(first!, again)
    expect(await take()).toEqual([])
    await later(5_000)
    const [second] = await take()
    expect(second).toMatchObject({ fromSeq: 1, toSeq: 3, attempt: 2 })
    expect(second!.id).not.toBe(first!.id)
    await settle(second!, accepted)
    expect(await rows()).toMatchObject([{ state: 'withdrawn', reason: 'superseded' }, { state: 'accepted' }])
  })

  test('whoever takes over from one that may have come knows under which ids, also where several did', async () => {
    const { put, take, wanted, settle, again, later } = scene()
    const released: Settlement = { state: 'waiting', reason: null, afterMs: 0, counts: false }
    await put(wanted({ fromSeq: 1, toSeq: 2 }))
    const [untried] = await take()
    await settle(untried!, released)
    await put(wanted({ fromSeq: 3, toSeq: 3 }))
    // nobody has been told of it: it is the same, and tells of more
    expect(await take()).toMatchObject([{ id: untried!.id, toSeq: 3, sentAs: null }])
    // whoever took it has died; another takes it, and cannot hand it over
    await put(wanted({ fromSeq: 4, toSeq: 5 }))
    await later(LEASE_MS)
    const [first] = (await take()).sort((a, b) => a.toSeq - b.toSeq)
    expect(first).toMatchObject({ id: untried!.id, attempt: 2 })
    await put(wanted({ fromSeq: 6, toSeq: 6 }))
    await settle(first!, released)
    const [second] = await take()
    expect(second).toMatchObject({ fromSeq: 1, toSeq: 6, sentAs: [[first!.id, 3]] })
    // left half way, as a process that ends does, and then there is more
    await settle(second!, { ...released, left: true })
    await put(wanted({ fromSeq: 7, toSeq: 7 }))
    const [third] = await take()
    expect(third).toMatchObject({
      toSeq: 7,
      sentAs: [
        [first!.id, 3],
        [second!.id, 6],
      ],
    })
    expect(new Set([first!.id, second!.id, third!.id]).size).toBe(3)
    // taken back, and told anew: neither is the other
    await settle(third!, again)
    await put(wanted({ withdraws: true, fromSeq: 1, toSeq: 7 }))
    await later(5_000)
    const [withdrawal] = await take()
    expect(withdrawal!.id).not.toBe(third!.id)
    await settle(withdrawal!, again)
    await put(wanted({ fromSeq: 8, toSeq: 8 }))
    await later(5_000)
    expect((await take())[0]!.sentAs!.slice(2)).toEqual([
      [third!.id, 7],
      [withdrawal!.id, 0],
    ])
  })

  test('what is about the same as one that is under way waits until that is settled, also when whoever has it has died', async () => {
    const { put, take, wanted, settle, later, nextIn } = scene()
    await put(wanted())
    const [first] = await take()
    await put(wanted({ fromSeq: 2, toSeq: 2 }), wanted({ target: 'laptop' }))
    expect(await take()).toMatchObject([{ target: 'laptop' }])
    expect(await nextIn()).toBeGreaterThan(20_000)
    await later(LEASE_MS)
    const again = (await take()).find(({ target }) => target === 'phone')
    expect(again).toMatchObject({ id: first!.id, attempt: 2 })
    await settle(again!, accepted)
    expect(await nextIn()).toBeLessThanOrEqual(0)
    expect(await take()).toMatchObject([{ target: 'phone', fromSeq: 2 }])
  })

  test('what is to be tried again waits for its time, and what was no try does not count', async () => {
    const { put, take, wanted, settle, again, later, nextIn } = scene()
    await put(wanted())
    await settle((await take())[0]!, again)
    // more of the same does not bring it forward
    await put(wanted({ fromSeq: 2, toSeq: 2 }))
    expect(await take()).toEqual([])
    expect(await nextIn()).toBeGreaterThan(1_000)
    await later(5_000)
    const [second] = await take()
    expect(second).toMatchObject({ attempt: 2, toSeq: 2 })
    await settle(second!, { state: 'waiting', reason: null, afterMs: 0, counts: false })
    expect(await take()).toMatchObject([{ id: second!.id, attempt: 2 }])
  })

  test('what is stored while its lane comes to an end is handed over all the same', async () => {
    const { put, wanted, runLane } = scene()
    await put(wanted())
    let rounds = 0
    const done = await runLane(async () => {
      if (++rounds === 1) await put(wanted({ fromSeq: 2, toSeq: 2 }))
      return undefined
    })
    expect(done).toBe(2)
    expect(await runLane(async () => undefined)).toBe(0)
  })

  test('a lane that waits for a later time is brought forward by what is due sooner, and never taken from who works on it', async () => {
    const { put, wanted, runLane, store, channel, tenantId } = scene()
    await put(wanted({ dueAt: new Date(Date.now() + 60_000).toISOString() }))
    expect((await store.jobs.next([laneKind(channel)])).get(laneKind(channel))).toBeGreaterThan(50_000)
    await put(wanted({ target: 'laptop' }))
    const [claimed] = await store.jobs.claim([laneKind(channel)], 10)
    expect(claimed).toMatchObject({ tenantId, key: channel })
    await put(wanted({ target: 'watch' }))
    expect(await store.jobs.claim([laneKind(channel)], 10)).toEqual([])
    await store.jobs.giveBack(claimed!, 60_000, 0, null)
    expect(await runLane(async () => undefined)).toBe(1)
  })

  test('another tenant neither sees nor takes nor settles it', async () => {
    const { put, take, wanted, channel, store, rows } = scene()
    await put(wanted())
    const [taken] = await take()
    await store.transaction('another', (unit) => unit.handOvers.settle([{ taken: taken!, how: accepted }]))
    expect(await store.transaction('another', (unit) => unit.handOvers.take(channel, 9))).toEqual([])
    expect(await store.transaction('another', (unit) => unit.handOvers.nextIn(channel))).toBeUndefined()
    expect(await rows()).toMatchObject([{ state: 'waiting', taken: true }])
  })

  test('what was settled goes after a week, and what nobody took after thirty days', async () => {
    const { put, take, wanted, settle, later, rows, store } = scene()
    await put(wanted(), wanted({ target: 'laptop' }), wanted({ target: 'watch' }))
    const [one, two] = await take(2)
    await settle(one!, accepted)
    await settle(two!, { state: 'dead', reason: '500' })
    const day = 86_400_000
    await later(6 * day)
    await store.forgetHandOvers(100)
    expect(await rows()).toHaveLength(3)
    await later(2 * day)
    await store.forgetHandOvers(100)
    expect((await rows()).map(({ state }) => state).sort()).toEqual(['dead', 'waiting'])
    await later(23 * day)
    await store.forgetHandOvers(100)
    expect((await rows()).map(({ state }) => state)).toEqual(['waiting'])
  })
})
