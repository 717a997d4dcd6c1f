import { randomUUID } from 'node:crypto'
import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { DELAY_MS } from '../../../test/test-world.ts'

describeUseCases('people are told of what is no message', (current) => {
  const scene = () => {
    const { people, audience, targets } = current()
    const { ana, ben, cleo, tenantId } = people('ana', 'ben', 'cleo')
    for (const { userId } of [ana, ben, cleo]) targets.push.set(`${tenantId}/${userId}`, `phone of ${userId}`)
    return { ana, ben, cleo, tenantId, id: audience.conversation(ana, ben, cleo) }
  }
  const list = async (one: Actor, more = {}) => (await current().notifications.listNotifications(one, more)).data
  const kindsOf = async (one: Actor) => (await list(one)).map(({ kind, count }) => [kind, count])
  const handOvers = ({ tenantId }: Pick<Actor, 'tenantId'>) =>
    current().asOwner<{ user_id: string; kind: string; withdraws: boolean; collapse_key: string }>(
      `SELECT user_id, kind, withdraws, collapse_key FROM hand_overs WHERE tenant_id = $1 AND state = 'waiting' ORDER BY user_id, kind`,
      [tenantId],
    )
  /** Everything that is due, and what comes of it. */
  const allDue = async (worker?: Parameters<ReturnType<typeof current>['runJobs']>[0]) => {
    await current().news()
    while ((await current().runJobs(worker)) > 0);
  }
  const whenDue = async () => {
    await current().news()
    await current().later(DELAY_MS)
    await allDue()
  }

  test('that they were let in, when the delay is over and they have not looked, once however often it is heard of', async () => {
    const { audience, news, runJobs, notifications, tellings } = current()
    const { ana, ben, tenantId, id } = scene()
    audience.happen(tenantId, { kind: 'added', aboutId: id, userId: 'ben', rev: 7 })
    audience.happen(tenantId, { kind: 'added', aboutId: id, userId: 'ben', rev: 7 })
    await news()
    expect(await runJobs()).toBe(0)
    await whenDue()
    expect(await list(ben)).toMatchObject([
      { kind: 'added', count: 1, messages: [], conversationId: id, conversation: { title: 'A group' } },
    ])
    expect([await list(ana), await handOvers(ben)]).toMatchObject([[], [{ user_id: 'ben', kind: 'added' }]])
    audience.happen(tenantId, { kind: 'added', aboutId: id, userId: 'ben', rev: 7 })
    await whenDue()
    expect(await kindsOf(ben)).toEqual([['added', 1]])
    // looked at, and it is taken back, though there was nothing to read
    await current().asOwner(`UPDATE hand_overs SET state = 'accepted' WHERE tenant_id = $1`, [tenantId])
    tellings.length = 0
    expect(await notifications.markNotificationsRead(ben, { conversationId: id })).toEqual({ unreadCount: 0 })
    expect(await handOvers(ben)).toMatchObject([{ user_id: 'ben', withdraws: true, collapse_key: id }])
    expect(tellings).toMatchObject([{ userId: 'ben', notification: { readAt: expect.any(String) } }])
  })

  test('that a context has changed, together with what is written, and reading on reads it', async () => {
    const { audience } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    audience.write(id, cleo, 'one')
    audience.read(id, ana, 1)
    audience.happen(tenantId, { kind: 'context', aboutId: id, seq: 1 })
    await whenDue()
    expect([await kindsOf(ana), await kindsOf(ben)]).toEqual([[['context', 1]], [['context', 2]]])
    audience.read(id, ben, 1)
    await allDue()
    expect(await list(ben, { unread: true })).toEqual([])
    // of ana there is nothing to read but what comes
    expect(await list(ana, { unread: true })).toHaveLength(1)
    audience.write(id, cleo, 'two')
    audience.read(id, ana, 2)
    await allDue()
    expect(await list(ana, { unread: true })).toEqual([])
  })

  test('of nothing that they have turned off, have muted, have seen, or that is not there any more', async () => {
    const { audience, notifications, now } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    await notifications.putNotificationPreferences(ana, { kinds: { context: false } })
    audience.muted.add(`${id} ${tenantId}/ben`)
    audience.happen(tenantId, { kind: 'context', aboutId: id, seq: 0 })
    audience.happen(tenantId, { kind: 'added', aboutId: id, userId: 'cleo' })
    audience.happen(tenantId, { kind: 'added', aboutId: id, userId: 'ana' })
    audience.members.get(id)!.delete(`${tenantId}/ana`)
    audience.write(id, ana, 'seen')
    audience.read(id, cleo, 1)
    await whenDue()
    expect([await list(ana), await kindsOf(ben), await list(cleo), await handOvers(ana)]).toEqual([[], [], [], []])
    // left alone till the end of quiet hours, and of nothing there they are told by name alone
    const hour = (hours: number) => new Date(now().getTime() + hours * 3_600_000).toISOString().slice(11, 16)
    const quietHours = { from: hour(-1), to: hour(2), timeZone: 'UTC' }
    await notifications.putNotificationPreferences(cleo, { quietHours })
    audience.happen(tenantId, { kind: 'context', aboutId: id, seq: 1 })
    await whenDue()
    expect(await kindsOf(cleo)).toEqual([['context', 1]])
    const [waits] = await current().asOwner<{ due_in: number }>(
      `SELECT extract(epoch FROM due_at - now())::double precision AS due_in FROM hand_overs WHERE tenant_id = $1 AND user_id = 'cleo'`,
      [tenantId],
    )
    expect(waits!.due_in).toBeGreaterThan(3_600)
  })

  test('not while they look at the conversation', async () => {
    const { audience, worker } = current()
    const { ana, ben, tenantId, id } = scene()
    audience.happen(tenantId, { kind: 'context', aboutId: id })
    await current().news()
    await current().later(DELAY_MS)
    await allDue(worker({ areLooking: async (_tenant, places) => places.map(({ userId }) => userId === 'ana') }))
    expect([await list(ana), await kindsOf(ben)]).toEqual([[], [['context', 1]]])
  })

  test('of a broadcast everybody, a page at a time and each once, whoever dies over it', async () => {
    const { audience, worker, notifications } = current()
    const { ana, tenantId } = scene()
    const users = Array.from({ length: 10 }, (_, n) => `user-${n}`)
    const as = (userId: string): Actor => ({ ...ana, userId })
    audience.users.set(tenantId, users)
    audience.broadcasts.push({ tenantId, number: 41, senderId: 'ada', content: 'We move' })
    await notifications.putNotificationPreferences(as('user-3'), { kinds: { broadcast: false } })
    audience.happen(tenantId, { kind: 'broadcast', aboutId: randomUUID(), seq: 41 })
    await current().news()
    await current().later(DELAY_MS)
    let passed = 0
    // before a commit, and after one
    const dying = worker({
      passing() {
        if (++passed % 3 > 0) throw new Error('killed')
      },
    })
    const [{ key } = { key: '' }] = await current().asOwner<{ key: string }>(
      `SELECT key FROM jobs WHERE kind = 'happening' AND tenant_id = $1`,
      [tenantId],
    )
    for (let tries = 0; tries < 3; tries++) await dying.tellHappening(tenantId, key).catch(() => {})
    await Promise.all([1, 2, 3].map(() => worker().tellHappening(tenantId, key)))
    for (const userId of users)
      expect([userId, await kindsOf(as(userId))]).toEqual([userId, userId === 'user-3' ? [] : [['broadcast', 1]]])
    expect(await list(as('user-7'))).toMatchObject([
      { conversationId: null, conversation: null, messages: [{ senderId: 'ada', preview: 'We move' }] },
    ])
    // the next one is counted in it while it is unread
    audience.broadcasts.push({ tenantId, number: 43, senderId: 'ada', content: 'We have moved' })
    audience.happen(tenantId, { kind: 'broadcast', aboutId: randomUUID(), seq: 43 })
    await whenDue()
    const [both] = await list(as('user-7'))
    expect([both!.count, both!.messages.map(({ preview }) => preview)]).toEqual([2, ['We move', 'We have moved']])
    await notifications.markNotificationsRead(as('user-7'), { ids: [both!.id] })
    expect(await list(as('user-7'), { unread: true })).toEqual([])
  })

  test('of reports who moderates, as one, until none waits any more', async () => {
    const { audience, notifications } = current()
    const { ana, ben, tenantId } = scene()
    const [first, second] = [randomUUID(), randomUUID()]
    audience.moderators.set(tenantId, ['ana'])
    audience.waiting.set(tenantId, new Set([first, second]))
    for (const aboutId of [first, second]) audience.happen(tenantId, { kind: 'report', aboutId })
    await whenDue()
    expect([await kindsOf(ana), await list(ben)]).toEqual([[['report', 2]], []])
    expect(await handOvers(ana)).toMatchObject([{ kind: 'report', collapse_key: 'report', withdraws: false }])
    await current().asOwner(`UPDATE hand_overs SET state = 'accepted' WHERE tenant_id = $1`, [tenantId])
    audience.waiting.get(tenantId)!.delete(first)
    audience.happen(tenantId, { kind: 'decided', aboutId: first })
    await whenDue()
    expect(await notifications.countNotifications(ana, {})).toEqual({ unreadCount: 1 })
    audience.waiting.get(tenantId)!.delete(second)
    audience.happen(tenantId, { kind: 'decided', aboutId: second })
    // one that was decided before anybody was told
    audience.happen(tenantId, { kind: 'report', aboutId: randomUUID() })
    await whenDue()
    expect(await notifications.countNotifications(ana, {})).toEqual({ unreadCount: 0 })
    expect(await handOvers(ana)).toMatchObject([{ kind: 'report', withdraws: true }])
  })

  test('whoever answers has read what they were told of, without a word of it', async () => {
    const { audience } = current()
    const { ana, ben, cleo, tenantId, id } = scene()
    audience.write(id, cleo, 'one')
    await whenDue()
    expect(await kindsOf(ana)).toEqual([['message', 1]])
    await current().asOwner(`UPDATE hand_overs SET state = 'accepted' WHERE tenant_id = $1`, [tenantId])
    audience.write(id, ana, 'an answer')
    await whenDue()
    expect(await list(ana, { unread: true })).toEqual([])
    expect((await handOvers(ana)).filter(({ user_id }) => user_id === 'ana')).toMatchObject([{ withdraws: true }])
    expect(await kindsOf(ben)).toEqual([['message', 2]])
  })
})
