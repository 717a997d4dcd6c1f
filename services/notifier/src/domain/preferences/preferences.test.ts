import { randomUUID } from 'node:crypto'
import type { NotificationPreferences } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import type { Reached } from '../ports/preferences.ts'
import { emailDueAt, mayTell, quietUntil } from './may-tell.ts'
import { createPreferencesOf } from './preferences.ts'

const everything: NotificationPreferences = {
  channels: { push: true, email: true, inApp: true },
  kinds: {
    ...{ message: true, mention: true, offer: true, booking_request: true },
    ...{ transition: true, added: true, context: true, broadcast: true, report: true },
  },
  quietHours: null,
  previews: true,
  digestAfterMinutes: null,
  email: null,
}

describeUseCases('how people want to be told', (current) => {
  test('is what they have said over what the rules of the tenant say', async () => {
    const { people, audience, notifications } = current()
    const { ana, ben } = people('ana', 'ben')
    audience.emails.set(`${ana.tenantId}/ana`, 'ana@example.com')
    expect(await notifications.getNotificationPreferences(ana, {})).toEqual({ ...everything, email: 'ana@example.com' })
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }
    const said = {
      channels: { email: false },
      kinds: { offer: false },
      quietHours,
      previews: false,
      digestAfterMinutes: 30,
    }
    const put = await notifications.putNotificationPreferences(ana, said)
    expect(put).toEqual({
      channels: { push: true, email: false, inApp: true },
      kinds: { ...everything.kinds, offer: false },
      ...{ quietHours, previews: false, digestAfterMinutes: 30, email: 'ana@example.com' },
    })
    expect(await notifications.getNotificationPreferences(ana, {})).toEqual(put)
    expect(await notifications.getNotificationPreferences(ben, {})).toEqual(everything)
    // what is left out is as the rules have it, whatever was put before
    expect(await notifications.putNotificationPreferences(ana, {})).toEqual({ ...everything, email: 'ana@example.com' })
    audience.disabled.add(`${ben.tenantId}/ben`)
    await expect(notifications.putNotificationPreferences(ben, {})).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('of a conversation whoever is in it says how much', async () => {
    const { people, audience, notifications, store } = current()
    const { ana, ben, eve, tenantId } = people('ana', 'ben', 'eve')
    const [conversationId, other] = [randomUUID(), randomUUID()]
    for (const id of [conversationId, other]) audience.members.set(id, new Set([`${tenantId}/ana`, `${tenantId}/ben`]))
    const level = async (id = conversationId) =>
      (await notifications.getNotificationLevel(ana, { conversationId: id })).level
    expect(await level()).toBe('all')
    for (const one of ['mentions', 'nothing'] as const) {
      await notifications.setNotificationLevel(ana, { conversationId, level: one })
      expect([await level(), await level(other)]).toEqual([one, 'all'])
    }
    const of = createPreferencesOf({ store, rulesOf: async () => audience.rules })
    const users = ['ana', 'ben'].map((userId) => ({ userId, email: `${userId}@example.com` }))
    const wishesIn = (id: string | null) =>
      of(
        tenantId,
        users.map((user) => ({ ...user, conversationId: id })),
      )
    expect(await wishesIn(conversationId)).toEqual([
      { level: 'nothing', preferences: { ...everything, email: 'ana@example.com' } },
      { level: 'all', preferences: { ...everything, email: 'ben@example.com' } },
    ])
    // broadcasts are in no conversation
    expect((await wishesIn(null))[0]).toMatchObject({ level: 'all' })
    // of several conversations each keeps its own
    await notifications.setNotificationLevel(ben, { conversationId: other, level: 'mentions' })
    const [ana1, ben1] = users as [Reached, Reached]
    const mixed = [
      { ...ana1, conversationId },
      { ...ana1, conversationId: other },
      { ...ben1, conversationId },
      { ...ben1, conversationId: other },
    ]
    expect((await of(tenantId, mixed)).map((wish) => wish.level)).toEqual(['nothing', 'all', 'all', 'mentions'])
    await notifications.setNotificationLevel(ana, { conversationId, level: 'all' })
    expect(await level()).toBe('all')
    await expect(notifications.setNotificationLevel(eve, { conversationId, level: 'nothing' })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await notifications.getNotificationLevel(ben, { conversationId })).toEqual({ conversationId, level: 'all' })
  })

  test('the rules of the tenant hold whatever somebody wants', async () => {
    const { people, store } = current()
    const { tenantId } = people('ana')
    await store.transaction(tenantId, ({ preferences }) =>
      preferences.put('ana', { channels: { email: true, push: true }, previews: true }),
    )
    const rules = { channels: ['inApp' as const], previews: false, digestAfterMinutes: 15 }
    const of = createPreferencesOf({ store, rulesOf: async () => rules })
    const [wishes] = await of(tenantId, [{ userId: 'ana', email: 'ana@example.com', conversationId: null }])
    expect(wishes!.preferences).toMatchObject({
      channels: { push: false, email: false, inApp: true },
      previews: false,
      digestAfterMinutes: 15,
    })
  })
})

const reached = { ...everything, email: 'ana@example.com' }
test.each([
  ['a message', reached, 'all', 'message', 'push', true],
  ['without an address no e-mail', everything, 'all', 'message', 'email', false],
  [
    'a channel that is off',
    { ...reached, channels: { ...reached.channels, push: false } },
    'all',
    'message',
    'push',
    false,
  ],
  ['a kind that is off', { ...reached, kinds: { ...reached.kinds, offer: false } }, 'all', 'offer', 'push', false],
  ['mentions alone: a message', reached, 'mentions', 'message', 'push', false],
  ['mentions alone: a mention', reached, 'mentions', 'mention', 'email', true],
  ['nothing of it: a mention', reached, 'nothing', 'mention', 'inApp', false],
  ['nothing of it: a broadcast', reached, 'nothing', 'broadcast', 'push', true],
] as const)('who may be told: %s', (_, preferences, level, kind, channel, may) => {
  expect(mayTell(preferences, level, kind, channel)).toBe(may)
})

test('an e-mail waits as long as somebody wants', () => {
  const since = new Date('2026-01-01T10:00:00Z')
  expect(emailDueAt({ digestAfterMinutes: null }, since)).toEqual(since)
  expect(emailDueAt({ digestAfterMinutes: 90 }, since)).toEqual(new Date('2026-01-01T11:30:00Z'))
})

test('quiet hours are those that somebody has', () => {
  const now = new Date('2026-01-01T23:30:00Z')
  expect(quietUntil({ quietHours: null }, now)).toBeNull()
  const quietHours = { from: '23:00', to: '06:00', timeZone: 'UTC' }
  expect(quietUntil({ quietHours }, now)).toEqual(new Date('2026-01-02T06:00:00Z'))
})
