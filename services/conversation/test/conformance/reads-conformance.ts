import type { Actor } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { aMoment, type TestWorld, upTo } from '../test-world.ts'

export function describeReads(current: () => TestWorld): void {
  describe('reading', () => {
    const read = (id: string, { tenantId, userId }: Actor, seq: number) =>
      current().store.markRead({ tenantId, conversationId: id, userId, seq })
    const unread = async (id: string, who: Actor) =>
      (await current().chat.getUnreadCount(who, { conversationId: id })).unreadCount

    test('only messages of others count as unread, and neither deleted nor system ones', async () => {
      const { people, group, send, chat } = current()
      const { ana, ben } = people('ana', 'ben')
      const [id, other] = [await group(ana, ben), await group(ana, ben)]
      const first = await send(id, ana, 'one')
      await send(id, ana, 'two')
      await send(id, ana, 'joined', { type: 'system' })
      await aMoment()
      await send(other, ana, 'elsewhere')
      expect([await unread(id, ana), await unread(id, ben)]).toEqual([0, 2])
      await chat.deleteMessage(ana, { messageId: first.message.id })
      expect(await unread(id, ben)).toBe(1)
      expect(await chat.getTotalUnreadCount(ben, {})).toEqual({ unreadCount: 2 })
      const listed = await chat.listConversations(ben, { unread: true })
      expect(listed.data.map((c) => [c.id, c.unreadCount])).toEqual([
        [other, 1],
        [id, 1],
      ])
      expect((await chat.listConversations(ana, { unread: true })).data).toEqual([])
    })

    test('the count stops at a hundred', async () => {
      const { people, group, send } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      await Promise.all(upTo(120).map((n) => send(id, ana, `m${n}`)))
      expect(await unread(id, ben)).toBe(100)
    })

    test('sending says that everything before was read', async () => {
      const { people, group, send } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      await send(id, ana, 'question')
      expect(await unread(id, ben)).toBe(1)
      await send(id, ben, 'answer')
      expect([await unread(id, ben), await unread(id, ana)]).toEqual([0, 1])
      expect(await read(id, ben, 0)).toEqual({ lastReadSeq: 2, unreadCount: 0 })
    })

    test('marks move forward only, to the end at most, and each move is kept once and told once', async () => {
      const { people, group, send, committed, asOwner } = current()
      const { ana, ben, eve } = people('ana', 'ben', 'eve')
      const id = await group(ana, ben)
      await Promise.all(upTo(5).map((n) => send(id, ana, `m${n}`)))
      committed.length = 0
      // calls within a moment are one, and the furthest counts
      const together = await Promise.all([read(id, ben, 1), read(id, ben, 3), read(id, ben, 2)])
      expect(together).toEqual(upTo(3).map(() => ({ lastReadSeq: 3, unreadCount: 2 })))
      expect(await read(id, ben, 1)).toEqual({ lastReadSeq: 3, unreadCount: 2 })
      expect(await read(id, ben, 99)).toEqual({ lastReadSeq: 5, unreadCount: 0 })
      await expect(read(id, eve, 1)).rejects.toMatchObject({ code: 'not_found' })
      await expect(read(id, people('ben').ben, 1)).rejects.toMatchObject({ code: 'not_found' })
      const marks = await asOwner<{ user_id: string; seq: number }>(
        'SELECT user_id, seq::int FROM read_marks WHERE conversation_id = $1 ORDER BY seq',
        [id],
      )
      expect(marks).toEqual([
        { user_id: 'ben', seq: 3 },
        { user_id: 'ben', seq: 5 },
      ])
      const changes = committed.flatMap((batch) => batch.changes)
      expect(changes).toMatchObject([
        { type: 'messages.read', seq: 3, rev: 2, head: { seq: 5, rev: 2 }, data: { userId: 'ben', seq: 3 } },
        { type: 'messages.read', seq: 5, rev: 3, head: { seq: 5, rev: 3 }, data: { userId: 'ben', seq: 5 } },
      ])
      // the reader's other devices hear their own state
      const own = committed.flatMap((batch) => batch.personal)
      expect(own.at(-1)).toMatchObject({
        live: { event: 'conversation_state', data: { unreadCount: 0 }, audience: { version: null, userIds: ['ben'] } },
      })
    })

    test('how users stand is answered to each who asks at once, whatever their tenants, and not to whom nobody knows', async () => {
      const { people, send, group, asOwner, store } = current()
      const [here, there] = [people('ana', 'ben', 'eve'), people('ana', 'ben')]
      for (const { ana, ben } of [here, there]) await send(await group(ana, ben), ana, 'hello')
      await asOwner('UPDATE users SET disabled_at = now() WHERE tenant_id = $1 AND id = $2', [
        there.ana.tenantId,
        'ana',
      ])
      const at = Date.UTC(2026, 10, 1)
      await asOwner('UPDATE users SET host_role = $3, role_said_at = $4 WHERE tenant_id = $1 AND id = $2', [
        ...[here.ben.tenantId, 'ben', 'provider'],
        new Date(at).toISOString(),
      ])
      const standings = await Promise.all([there.ana, here.ana, here.eve, here.ben, here.ana].map(store.standing))
      expect(standings.map((standing) => standing?.disabled)).toEqual([true, false, undefined, false, false])
      expect(standings[2]).toBe(null)
      expect(standings[3]).toEqual({
        ...{ hostRole: 'provider', disabled: false, roleSaidAt: at },
        ...{ revokedBefore: null, endedSessions: null },
      })
    })
  })
}
