import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { lookScene } from '../../../test/look-scene.ts'
import { DELAY_MS, type TestWorld } from '../../../test/test-world.ts'
import { createTargetsOf } from '../targets/targets-of.ts'

describeUseCases('who is away is told', (current) => {
  const { scene, write, read, list, handOvers, allDue } = lookScene(current)

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
})
