import { randomUUID } from 'node:crypto'
import type { Actor, PresenceState } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { createUseCases } from '../use-cases.ts'

const AT = '2026-01-15T09:30:00.000Z'

describeUseCases('who may know who is there', (current) => {
  /** Whose presence somebody may know, among these. */
  const seenBy = async (viewer: Actor, ...userIds: string[]) =>
    (await current().edge.presenceSeen(viewer, { userIds, again: false })).seen.map(({ userId }) => userId).sort()

  test('those who are in a conversation together now, and oneself', async () => {
    const { people, group, chat } = current()
    const { ana, ben, joe, eve } = people('ana', 'ben', 'joe', 'eve')
    const id = await group(ana, ben, joe)
    await group(eve)
    expect(await seenBy(ana, 'ana', 'ben', 'joe', 'eve', 'nobody')).toEqual(['ana', 'ben', 'joe'])
    expect(await seenBy(eve, 'ana', 'eve')).toEqual(['eve'])
    await chat.removeParticipant(ana, { conversationId: id, userId: 'joe' })
    expect([await seenBy(ana, 'ben', 'joe'), await seenBy(joe, 'ana', 'ben')]).toEqual([['ben'], []])
    expect(await seenBy({ ...ana, tenantId: `${ana.tenantId}-2` }, 'ben')).toEqual([])
  })

  test('whoever is in very many conversations knows those who are in some of them, and is known by them', async () => {
    const { people, group, asOwner } = current()
    const { ana, ben, eve, tenantId } = people('ana', 'ben', 'eve')
    await group(ana, ben)
    await group(eve)
    await asOwner(
      `WITH made AS (
         INSERT INTO conversations (id, tenant_id, kind, created_by, participant_count)
         SELECT gen_random_uuid(), $1, 'group', 'ana', 1 FROM generate_series(1, 600) RETURNING id)
       INSERT INTO participants (conversation_id, user_id, tenant_id, role, listed_at) SELECT id, 'ana', $1, 'owner', now() FROM made`,
      [tenantId],
    )
    expect([await seenBy(ana, 'ben', 'eve'), await seenBy(ben, 'ana', 'eve')]).toEqual([['ben'], ['ana']])
  })

  test('nobody across a block, whichever way it is', async () => {
    const { people, group, chat } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    await group(ana, ben, joe)
    await chat.blockUser(ben, { userId: 'ana' })
    const seen = async () => [await seenBy(ana, 'ben', 'joe'), await seenBy(ben, 'ana', 'joe')]
    expect(await seen()).toEqual([['joe'], ['joe']])
    await chat.unblockUser(ben, { userId: 'ana' })
    expect(await seen()).toEqual([
      ['ben', 'joe'],
      ['ana', 'joe'],
    ])
  })

  test('whoever keeps it to themself is not seen and sees nobody, and gateways are told that it is so', async () => {
    const { people, group, store, edge } = current()
    const { ana, ben, joe, tenantId } = people('ana', 'ben', 'joe')
    await group(ana, ben, joe)
    const told: unknown[] = []
    const { chat } = createUseCases({ store, newId: randomUUID, tell: (control) => void told.push(control) })
    expect((await chat.getMe(ben, {})).presence).toBe(true)
    expect((await chat.updateMe(ben, { presence: false })).presence).toBe(false)
    expect((await edge.openSession(ben, {})).me.presence).toBe(false)
    expect(told).toEqual([{ kind: 'user_changed', tenantId, userId: 'ben', disabled: false }])
    expect([await seenBy(ana, 'ben', 'joe'), await seenBy(ben, 'ana', 'ben', 'joe')]).toEqual([['joe'], ['ben']])
    expect(await seenBy(backendOf(ana), 'ana', 'ben')).toEqual(['ana'])
    await chat.updateMe(ben, { presence: true })
    expect(await seenBy(ana, 'ben')).toEqual(['ben'])
  })

  test('by the rules of the tenant nobody, or nobody of some roles, who then see nobody either', async () => {
    const { people, group, admin, host } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const backend = backendOf(ana)
    await group(ana, ben, joe)
    await host.upsertUsers(backend, { users: [{ userId: 'ben', role: 'provider' }] })
    await admin.setPolicy(backend, { visibility: { withoutPresence: ['provider'] } })
    expect(await seenBy(ana, 'ben', 'joe')).toEqual(['joe'])
    expect(await seenBy({ ...ben, hostRole: 'provider' }, 'ana', 'ben')).toEqual(['ben'])
    await admin.setPolicy(backend, { visibility: { presence: false } })
    for (const who of [ana, backend]) expect(await seenBy(who, 'ana', 'ben', 'joe')).toEqual([])
  })

  test('the backend knows everybody who is not disabled, without being in a conversation', async () => {
    const { people, group, host } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const backend = backendOf(ana)
    await group(ana, ben)
    await group(eve)
    await host.disableUser(backend, { userId: 'ben' })
    expect(await seenBy(backend, 'ana', 'ben', 'eve', 'nobody')).toEqual(['ana', 'eve'])
    expect(await seenBy(ana, 'ben')).toEqual([])
  })

  test('REST answers of each in the order asked, and of whom one may not know it the same as of nobody', async () => {
    const { people, group, store, edge } = current()
    const { ana, ben, joe, eve, tenantId } = people('ana', 'ben', 'joe', 'eve')
    await group(ana, ben, joe)
    await group(eve)
    const asked: unknown[] = []
    const states: Record<string, PresenceState> = { ana: 'away', ben: 'offline', joe: 'unknown' }
    const { chat } = createUseCases({
      ...{ store, newId: randomUUID },
      presenceOf: async (tenant, userIds) => {
        asked.push(tenant)
        return userIds.map((userId) => states[userId]!)
      },
    })
    for (const at of [AT, '2026-01-14T09:30:00.000Z'])
      await edge.lastSeen(backendOf(ana), { users: ['ana', 'ben', 'joe', 'eve'].map((userId) => ({ userId, at })) })
    const unknown = { online: false, state: 'unknown', lastSeenAt: null }
    const userIds = ['eve', 'joe', 'nobody', 'ben', 'ana', 'ben']
    expect((await chat.getPresence(ana, { userIds })).data).toEqual([
      { userId: 'eve', ...unknown },
      { userId: 'joe', ...unknown, lastSeenAt: AT },
      { userId: 'nobody', ...unknown },
      { userId: 'ben', online: false, state: 'offline', lastSeenAt: AT },
      { userId: 'ana', online: true, state: 'away', lastSeenAt: null },
      { userId: 'ben', online: false, state: 'offline', lastSeenAt: AT },
    ])
    expect(asked).toEqual([tenantId])
  })

  test('nobody is written down as seen in the future', async () => {
    const { people, group, edge, asOwner } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    await group(ana, ben)
    await edge.lastSeen(backendOf(ana), { users: [{ userId: 'ben', at: '2999-01-01T00:00:00.000Z' }] })
    const rows = await asOwner('SELECT at <= now() AS is_past FROM last_seen WHERE tenant_id = $1', [tenantId])
    expect(rows).toEqual([{ is_past: true }])
  })
})
