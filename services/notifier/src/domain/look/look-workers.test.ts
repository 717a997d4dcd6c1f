import { runDueJobs } from '@parley/database'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { lookScene } from '../../../test/look-scene.ts'
import { DELAY_MS } from '../../../test/test-world.ts'

describeUseCases('workers who look whom to tell', (current) => {
  const { scene, write, read, list, handOvers, looks, allDue } = lookScene(current)

  test('a worker that dies before it is committed has done nothing, one that dies after it has done all, and two tell once', async () => {
    const { later, worker, runJobs } = current()
    const { ana, cleo, tenantId, id } = scene()
    await write(id, cleo, 'one')
    await later(DELAY_MS)
    const dying = (at: 'decided' | 'told') =>
      worker({
        passing(moment) {
          if (moment === at) throw new Error('killed')
        },
      })
    await expect(dying('decided').look(tenantId, id)).rejects.toThrow('killed')
    expect([await handOvers(ana), await list(ana)]).toEqual([[], []])
    await Promise.allSettled([dying('told').look(tenantId, id), worker().look(tenantId, id), runJobs(worker())])
    await allDue()
    expect(await handOvers(ana)).toHaveLength(2)
    expect(await list(ana)).toMatchObject([{ count: 1 }])
  })

  test('of two who look at once the one that comes late, and has seen more, looks again: nobody misses what the other had not seen', async () => {
    const { later, audience, store, worker } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    await write(id, cleo, 'one')
    await write(id, cleo, 'two')
    await read(id, ben, 2)
    await later(DELAY_MS)
    let others = 1
    const late = worker({
      audience: {
        ...audience,
        async recipientsOf(...asked) {
          const found = await audience.recipientsOf(...asked)
          // another tells of the first meanwhile, which is all that it has seen
          const mark = { conversationId: id, userId: ana.userId, before: undefined, seq: 1 }
          if (others-- > 0) await store.transaction(tenantId, ({ told }) => told.advance([mark]))
          return found
        },
      },
    })
    expect(await late.look(tenantId, id)).toEqual({ againMs: 0 })
    expect(await list(ana)).toEqual([])
    await late.look(tenantId, id)
    expect(await list(ana)).toMatchObject([{ count: 1, messages: [{ preview: 'two' }] }])
    expect(await late.look(tenantId, id)).toBeUndefined()
  })

  test('a conversation in which much is written is looked at once in a while, and nothing is left', async () => {
    const { later, audience, store, news, worker } = current()
    const { ana, cleo, id } = scene()
    let stored = 0
    const counting = worker({
      store: {
        ...store,
        wantLooks: (...given) => {
          stored++
          return store.wantLooks(...given)
        },
      },
    })
    const say = async (times: number) => {
      for (let n = 0; n < times; n++) audience.write(id, cleo, 'x')
      await news(counting)
    }
    await say(1)
    await say(200)
    await later(DELAY_MS / 2)
    await say(200)
    expect(stored).toBe(1)
    expect(await looks(ana)).toHaveLength(1)
    await later(DELAY_MS / 2)
    await allDue()
    // the younger ones get a look of their own, at their time
    const [next] = await looks(ana)
    expect(next!.due_in).toBeGreaterThan(DELAY_MS / 4)
    expect(next!.due_in).toBeLessThanOrEqual(DELAY_MS / 2)
    expect(await list(ana)).toMatchObject([{ count: 201 }])
    await later(DELAY_MS / 2)
    await allDue()
    expect(await list(ana)).toMatchObject([{ count: 401 }])
    expect(await looks(ana)).toEqual([])
    // what was written long ago and is heard of now is looked at soon
    audience.write(id, cleo, 'x', { at: 0 })
    await news(counting)
    expect((await looks(ana))[0]!.due_in).toBeLessThanOrEqual(1_000)
  })

  test('where many conversations are due they are looked at together, and one that cannot be keeps no other', async () => {
    const { later, audience, store, news, worker } = current()
    const { ana, ben, cleo, tenantId } = scene()
    const ids = Array.from({ length: 60 }, (_, n) => audience.conversation(ana, ...(n % 3 ? [] : [ben]), cleo))
    const many = audience.conversation(...Array.from({ length: 20 }, (_, n) => ({ ...ana, userId: `user-${n}` })), cleo)
    for (const id of [...ids, many]) audience.write(id, cleo, id)
    await news()
    await later(DELAY_MS)
    const broken = ids[7]!
    let fails = 0
    const { look } = worker({
      store: {
        ...store,
        transaction: (tenant, work) =>
          store.transaction(tenant, (unit) =>
            work({
              ...unit,
              told: {
                ...unit.told,
                async advance(marks) {
                  if (marks.some(({ conversationId }) => conversationId === broken)) {
                    fails++
                    throw new Error('it cannot be')
                  }
                  return unit.told.advance(marks)
                },
              },
            }),
          ),
      },
    })
    const asked = audience.asked
    const looked = await Promise.allSettled([many, ...ids].map((id) => look(tenantId, id)))
    expect(looked.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(fails).toBe(2)
    // two questions, then each of the first fifty by itself, and three for the many
    expect(audience.asked - asked).toBeLessThan(60)
    const tell = async () => [await list(ana, { limit: 100 }), await list(ben, { limit: 100 })]
    const rest = ids.filter((id) => id !== broken)
    const [ofAna, ofBen] = await tell()
    expect(new Set(ofAna!.map(({ conversationId }) => conversationId))).toEqual(new Set(rest))
    expect(ofBen).toHaveLength(ids.filter((_, n) => n % 3 === 0).length)
    for (const { conversationId, messages } of ofAna!) expect(messages).toMatchObject([{ preview: conversationId }])
    for (const n of [0, 7, 19]) expect(await list({ ...ana, userId: `user-${n}` })).toMatchObject([{ count: 1 }])
    // and each once, whoever looks, together or alone
    await Promise.all([...ids, many].flatMap((id) => [current().look(tenantId, id), worker().look(tenantId, id)]))
    await allDue()
    const [again, ofBenAgain] = await tell()
    expect([again!.length, new Set(again!.map(({ count }) => count))]).toEqual([60, new Set([1])])
    expect(ofBenAgain).toEqual(ofBen)
  })

  test('of many in a conversation some at a time, and those who are left the next time', async () => {
    const { later, audience, store, news, worker } = current()
    const { ana, cleo, tenantId } = scene()
    const crowd = Array.from({ length: 230 }, (_, n) => ({ ...ana, userId: `person-${n}` }))
    const id = audience.conversation(cleo, ...crowd)
    audience.write(id, cleo, 'one')
    await news()
    await later(DELAY_MS)
    const sizes: number[] = []
    const { look } = worker({
      store: {
        ...store,
        transaction: (tenant, work) =>
          store.transaction(tenant, (unit) =>
            work({
              ...unit,
              told: {
                ...unit.told,
                async advance(marks) {
                  sizes.push(marks.length)
                  if (sizes.length === 2) throw new Error('it takes too long')
                  return unit.told.advance(marks)
                },
              },
            }),
          ),
      },
    })
    await expect(look(tenantId, id)).rejects.toThrow('too long')
    await look(tenantId, id)
    expect(sizes).toEqual([100, 100, 100, 30])
    for (const one of [crowd[0]!, crowd[150]!, crowd[229]!]) expect(await list(one)).toMatchObject([{ count: 1 }])
    expect(await handOvers(ana)).toEqual([])
  })

  test('what happens is followed by one worker at a time, and by another once it has ended or died', async () => {
    const { store } = current()
    const { hold, advance, release } = store.newsProgress
    expect(await hold('one', 60_000)).toEqual({ position: null })
    expect(await hold('two', 60_000)).toBeUndefined()
    expect(await advance('one', '[1,[],[]]', 60_000)).toBe(true)
    expect(await hold('one', 60_000)).toEqual({ position: '[1,[],[]]' })
    await release('two')
    expect(await hold('two', 60_000)).toBeUndefined()
    await release('one')
    expect(await hold('two', 1)).toEqual({ position: '[1,[],[]]' })
    // it is not heard of any more
    await expect.poll(() => hold('one', 60_000)).toEqual({ position: '[1,[],[]]' })
    expect(await advance('two', '[9,[],[]]', 60_000)).toBe(false)
    expect(await hold('one', 60_000)).toEqual({ position: '[1,[],[]]' })
  })

  test('while nobody can be asked the look is tried again', async () => {
    const { later, audience, runJobs } = current()
    const { ana, cleo, id } = scene()
    await write(id, cleo, 'one')
    await later(DELAY_MS)
    audience.isAway = true
    await runJobs()
    audience.isAway = false
    expect(await list(ana)).toEqual([])
    await later(DELAY_MS)
    await allDue()
    expect(await list(ana)).toMatchObject([{ count: 1 }])
  })

  test('a look that fails waits longer each time, and what is written then is looked at in time; its tries stay as many', async () => {
    const { later, store, news, audience, runJobs } = current()
    const { ana, cleo, id } = scene()
    const failing = (duringIt = async () => {}) =>
      runDueJobs({
        queue: store.jobs,
        handlers: {
          async look() {
            await duringIt()
            throw new Error('it cannot be')
          },
        },
        onFailed: () => {},
      })
    const attempts = async () =>
      (
        await current().asOwner<{ attempts: number }>('SELECT attempts FROM jobs WHERE tenant_id = $1', [ana.tenantId])
      )[0]!.attempts
    await write(id, cleo, 'one')
    for (let n = 0; n < 6; n++) {
      await later(120_000)
      expect(await failing()).toBe(1)
    }
    expect((await looks(ana))[0]!.due_in).toBeGreaterThan(2 * DELAY_MS)
    await write(id, cleo, 'two')
    const [{ due_in: dueIn }] = (await looks(ana)) as [{ due_in: number }]
    expect(dueIn).toBeGreaterThan(DELAY_MS / 2)
    expect(dueIn).toBeLessThanOrEqual(DELAY_MS)
    // once for a message, and what comes before it leaves it where it is
    await write(id, cleo, 'three')
    expect((await looks(ana))[0]!.due_in).toBeLessThanOrEqual(dueIn)
    await later(DELAY_MS)
    // written while it fails
    await failing(async () => {
      audience.write(id, cleo, 'four')
      await news(current().worker())
    })
    expect(await attempts()).toBe(6)
    expect((await looks(ana))[0]!.due_in).toBeLessThanOrEqual(DELAY_MS)
    await later(DELAY_MS)
    await runJobs()
    expect(await list(ana)).toMatchObject([{ count: 4 }])
  })
})
