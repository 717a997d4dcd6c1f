import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { DELAY_MS, type TestWorld } from '../../../test/test-world.ts'
import { createTargetsOf } from '../targets/targets-of.ts'

describeUseCases('who is away is told', (current) => {
  /** Three in a conversation, who have a phone each; cleo writes. */
  const scene = () => {
    const { people, audience, targets } = current()
    const { ana, ben, cleo, tenantId } = people('ana', 'ben', 'cleo')
    for (const { userId } of [ana, ben, cleo]) targets.push.set(`${tenantId}/${userId}`, `phone of ${userId}`)
    return { ana, ben, cleo, tenantId, id: audience.conversation(ana, ben, cleo) }
  }
  const write = async (id: string, sender: Actor, content: string, more = {}) => {
    const { audience, news } = current()
    const message = audience.write(id, sender, content, more)
    await news()
    return message
  }
  const read = async (id: string, reader: Actor, seq: number) => {
    const { audience, news } = current()
    audience.read(id, reader, seq)
    await news()
  }
  const list = async (one: Actor, more = {}) => (await current().notifications.listNotifications(one, more)).data
  const handOvers = ({ tenantId }: Pick<Actor, 'tenantId'>) =>
    current().asOwner<{ user_id: string; from_seq: string; to_seq: string; withdraws: boolean }>(
      `SELECT user_id, from_seq::text, to_seq::text, withdraws FROM hand_overs WHERE tenant_id = $1 AND state = 'waiting' ORDER BY user_id, from_seq`,
      [tenantId],
    )
  const looks = ({ tenantId }: Pick<Actor, 'tenantId'>) =>
    current().asOwner<{ due_in: number }>(
      `SELECT extract(epoch FROM run_at - clock_timestamp())::double precision * 1000 AS due_in FROM jobs WHERE kind = 'look' AND tenant_id = $1`,
      [tenantId],
    )
  const allDue = async ({ runJobs }: TestWorld = current()) => {
    while ((await runJobs()) > 0);
  }

  test('of what they have not read when the delay is over, once, in their list and on their devices', async () => {
    const { later, runJobs, tellings, notifications } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    await write(id, cleo, 'one')
    await write(id, cleo, 'for @[ben]', { mentions: ['ben'] })
    expect(await runJobs()).toBe(0)
    await read(id, ana, 2)
    await later(DELAY_MS)
    await allDue()
    expect(await list(ana)).toEqual([])
    const [told, ...others] = await list(ben)
    expect([told, others]).toMatchObject([
      {
        ...{ kind: 'mention', conversationId: id, count: 2, readAt: null, conversation: { id, kind: 'group' } },
        messages: [{ preview: 'one', senderId: 'cleo' }, { preview: 'for @[ben]' }],
      },
      [],
    ])
    const waiting = [{ user_id: 'ben', from_seq: '1', to_seq: '2', withdraws: false }]
    expect(await handOvers(ben)).toEqual(waiting)
    expect(tellings.filter((one) => 'tenantId' in one && one.tenantId === tenantId)).toMatchObject([
      { kind: 'notification_changed', userId: 'ben', notification: { id: told!.id, count: 2, unreadCount: 1 } },
    ])
    expect(await notifications.countNotifications(ben, {})).toEqual({ unreadCount: 1 })
    // nobody is told again of the same, whoever looks
    await current().look(tenantId, id)
    await later(DELAY_MS)
    await allDue()
    expect(await handOvers(ben)).toEqual(waiting)
    expect(await list(ben)).toMatchObject([{ count: 2 }])
    // what comes is counted in it
    const last = await write(id, cleo, 'three')
    await later(DELAY_MS)
    await allDue()
    expect(await list(ben)).toMatchObject([{ id: told!.id, kind: 'mention', count: 3 }])
    expect(await list(ana)).toMatchObject([{ kind: 'message', count: 1 }])
    // what was deleted is in no list
    last.isDeleted = true
    expect(await list(ana)).toEqual([])
    expect(await notifications.countNotifications(ana, {})).toEqual({ unreadCount: 0 })
    expect((await list(ben))[0]!.messages).toHaveLength(2)
  })

  test('not while they have muted it or are told of nothing there, and not later of what came meanwhile', async () => {
    const { later, audience, notifications } = current()
    const { ana, ben, cleo, id } = scene()
    const muted = `${id} ${ana.tenantId}/ana`
    audience.muted.add(muted)
    await notifications.setNotificationLevel(ben, { conversationId: id, level: 'mentions' })
    await write(id, cleo, 'one')
    await later(DELAY_MS)
    await allDue()
    expect([await list(ana), await list(ben), await handOvers(ana)]).toEqual([[], [], []])
    audience.muted.delete(muted)
    await notifications.setNotificationLevel(ben, { conversationId: id, level: 'all' })
    const second = await write(id, cleo, 'two')
    await later(DELAY_MS)
    await allDue()
    expect(await list(ana)).toMatchObject([{ count: 1, messages: [{ messageId: second.id }] }])
    expect(await list(ben)).toMatchObject([{ count: 1 }])
    // whoever left, or may not come in any more, is told nothing
    audience.members.get(id)!.delete(`${ben.tenantId}/ben`)
    expect(await list(ben)).toEqual([])
  })

  test('not while they look at it on some device, and when they have gone without reading it, the next time', async () => {
    const { later, worker } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    const looking = new Set(['ana'])
    const asked: unknown[] = []
    const watched = worker({
      async areLooking(tenant, places) {
        asked.push(tenant, places)
        return places.map(({ userId, conversationId }) => conversationId === id && looking.has(userId))
      },
    })
    const due = async () => {
      while ((await current().runJobs(watched)) > 0);
    }
    await write(id, cleo, 'one')
    await later(DELAY_MS)
    await due()
    expect([await list(ana), await handOvers(ana)]).toEqual([[], [expect.objectContaining({ user_id: 'ben' })]])
    expect(await list(ben)).toHaveLength(1)
    expect(asked.slice(0, 2)).toEqual([tenantId, ['ana', 'ben'].map((userId) => ({ conversationId: id, userId }))])
    // as long as they look
    await later(DELAY_MS)
    await due()
    expect(await list(ana)).toEqual([])
    looking.clear()
    await later(DELAY_MS)
    await due()
    expect(await list(ana)).toMatchObject([{ count: 1 }])
    expect(await handOvers(ana)).toHaveLength(2)
    // whoever reads while they look is told of nothing then either
    looking.add('ben')
    const two = await write(id, cleo, 'two')
    await later(DELAY_MS)
    await due()
    await read(id, ben, two.seq)
    looking.clear()
    await later(DELAY_MS)
    await due()
    expect(await list(ben)).toMatchObject([{ count: 1, readAt: expect.any(String) }])
  })

  test('reading on any device reads what told of it, and takes it back from all of them', async () => {
    const { later, tellings, notifications } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    const other = current().audience.conversation(ana, cleo)
    for (const conversationId of [id, other]) await write(conversationId, cleo, 'one')
    await later(DELAY_MS)
    await allDue()
    expect(await notifications.countNotifications(ana, {})).toEqual({ unreadCount: 2 })
    await current().asOwner(`UPDATE hand_overs SET state = 'accepted' WHERE tenant_id = $1`, [tenantId])
    tellings.length = 0
    await read(id, ana, 1)
    expect(await handOvers(ana)).toEqual([{ user_id: 'ana', from_seq: '1', to_seq: '1', withdraws: true }])
    expect(tellings).toMatchObject([
      { userId: 'ana', notification: { conversationId: id, readAt: expect.any(String), unreadCount: 1 } },
    ])
    expect(await list(ana, { unread: true })).toMatchObject([{ conversationId: other }])
    expect(await list(ana)).toMatchObject([{ conversationId: id, readAt: expect.any(String) }, { readAt: null }])
    // again, and by whoever has nothing unread, changes nothing
    await read(id, ana, 1)
    await read(id, cleo, 1)
    expect(tellings).toHaveLength(1)
    // a part of it
    await write(id, cleo, 'two')
    await write(id, cleo, 'three')
    await later(DELAY_MS)
    await allDue()
    await read(id, ben, 2)
    expect(await list(ben)).toMatchObject([{ readAt: null, count: 1, messages: [{ preview: 'three' }] }])
    const [mine] = await list(ana, { unread: true })
    expect(await notifications.markNotificationsRead(ben, { ids: [mine!.id] })).toEqual({ unreadCount: 1 })
    expect(await notifications.markNotificationsRead(ana, { ids: [mine!.id] })).toEqual({ unreadCount: 1 })
    const [newest] = await list(ana)
    expect(await notifications.markNotificationsRead(ana, { upTo: newest!.updatedAt })).toEqual({ unreadCount: 0 })
  })

  test('a list comes in pages, and refuses what is none of its own', async () => {
    const { later, audience, notifications } = current()
    const { ana, cleo } = scene()
    for (let n = 0; n < 5; n++) await write(audience.conversation(ana, cleo), cleo, `${n}`)
    await later(DELAY_MS)
    await allDue()
    const whole = await list(ana)
    expect(whole).toHaveLength(5)
    const found: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await notifications.listNotifications(ana, { limit: 2, ...(cursor && { cursor }) })
      found.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor)
    expect(found).toEqual(whole.map(({ id }) => id))
    for (const call of [
      notifications.listNotifications(ana, { cursor: 'bm9uZQ' }),
      notifications.markNotificationsRead(ana, {}),
      notifications.markNotificationsRead(ana, { ids: [found[0]!], upTo: whole[0]!.updatedAt }),
    ])
      await expect(call).rejects.toMatchObject({ code: 'invalid_input' })
    audience.disabled.add(`${ana.tenantId}/ana`)
    await expect(notifications.listNotifications(ana, {})).rejects.toMatchObject({ code: 'forbidden' })
  })

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

  test('on their devices, and at the address that the host has said while mail servers take something for it', async () => {
    const { later, worker, store, audience, notifications } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    const real = worker({ targetsOf: createTargetsOf({ store, pushChannels: new Set(['apns']), sendsEmail: true }) })
    await notifications.putDevice(ana, { deviceId: 'phone', channel: 'apns', token: 'a'.repeat(64) })
    for (const { userId } of [ana, ben]) audience.emails.set(`${tenantId}/${userId}`, `${userId}@example.com`)
    await store.transaction(tenantId, ({ addresses }) => addresses.markUnreachable('ben@example.com', 'no such user'))
    await write(id, cleo, 'one')
    await later(DELAY_MS)
    await allDue({ ...current(), runJobs: () => current().runJobs(real) } as TestWorld)
    const rows = await current().asOwner('SELECT channel, target FROM hand_overs WHERE tenant_id = $1 ORDER BY 1', [
      tenantId,
    ])
    expect(rows).toEqual([
      { channel: 'apns', target: 'phone' },
      { channel: 'email', target: 'ana@example.com' },
    ])
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
})
