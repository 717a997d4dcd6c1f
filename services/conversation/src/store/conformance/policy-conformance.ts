import type { Actor } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { backendOf, codeOf } from './callers.ts'
import { type ConformanceWorld, upTo } from './conformance-world.ts'

export function describePolicy(current: () => ConformanceWorld): void {
  describe('policy', () => {
    test('edits and deletions end with their windows, and lengths and types are what the tenant says', async () => {
      const { people, chat, admin, asOwner } = current()
      const { ana } = people('ana')
      const backend = backendOf(ana)
      const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
      const edit = () => codeOf(chat.editMessage(ana, { messageId: message.id, content: `now ${Math.random()}` }))
      const remove = () => codeOf(chat.deleteMessage(ana, { messageId: message.id }))
      expect(await edit()).toBe('ok')
      await asOwner(`UPDATE messages SET created_at = created_at - interval '25 hours' WHERE id = $1`, [message.id])
      expect(await edit()).toBe('edit_window_closed')
      await admin.setPolicy(backend, { messages: { editWindowSeconds: null, deleteWindowSeconds: 60, maxLength: 5 } })
      expect(await edit()).toBe('invalid_input')
      expect(await codeOf(chat.editMessage(ana, { messageId: message.id, content: 'short' }))).toBe('ok')
      expect(await remove()).toBe('edit_window_closed')
      expect(await codeOf(chat.sendMessage(ana, { to: 'ben', content: '123456' }))).toBe('invalid_input')
      await admin.setPolicy(backend, { messages: { types: [] } })
      expect(await codeOf(chat.sendMessage(ana, { to: 'ben', content: 'x' }))).toBe('invalid_input')
      expect(await remove()).toBe('ok')
    })

    test('the words of tokens become admins and backends as the tenant says', async () => {
      const { people, admin } = current()
      const { ana } = people('ana')
      const word = (hostRole: string): Actor => ({ ...ana, hostRole })
      const mayRead = (actor: Actor) => codeOf(admin.getPolicy(actor, {}))
      expect([await mayRead(word('admin')), await mayRead(word('staff'))]).toEqual(['ok', 'forbidden'])
      await admin.setPolicy(backendOf(ana), { roles: { admin: ['staff'] } })
      expect([await mayRead(word('admin')), await mayRead(word('staff')), await mayRead(word('service'))]).toEqual([
        'forbidden',
        'ok',
        'ok',
      ])
      const both = admin.setPolicy(backendOf(ana), { roles: { admin: ['x'], service: ['x'] } })
      expect(await codeOf(both)).toBe('invalid_input')
    })

    test('fetching the latest page reads it where the tenant says so', async () => {
      const { people, chat, admin } = current()
      const { ana, ben } = people('ana', 'ben')
      const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
      const { conversationId } = message
      const unread = async () => (await chat.getUnreadCount(ben, { conversationId })).unreadCount
      await chat.listMessages(ben, { conversationId })
      expect(await unread()).toBe(1)
      await admin.setPolicy(backendOf(ana), { messages: { readOnFetch: true } })
      await chat.listMessages(ben, { conversationId })
      await expect.poll(unread).toBe(0)
    })

    test('what admins read and do is in the log, with from where, and nobody rewrites it', async () => {
      const { people, group, admin, chat } = current()
      const { ana, eve } = people('ana', 'eve')
      const conversationId = await group(ana)
      await chat.sendMessage(ana, { conversationId, content: 'private' })
      const moderator: Actor = { ...eve, role: 'admin', ip: '203.0.113.9' }
      expect((await admin.listAllConversations(moderator, {})).data.map(({ id }) => id)).toEqual([conversationId])
      expect((await admin.inspectMessages(moderator, { conversationId })).data).toHaveLength(1)
      await admin.joinConversation(moderator, { conversationId })
      await admin.setConversationStatus(moderator, { conversationId, status: 'closed', reason: 'abuse' })
      await admin.broadcast(moderator, { content: 'hello all' })
      const { data } = await admin.listAudit(moderator, {})
      expect(data.map(({ action, target, actorId, ip }) => [action, target === conversationId, actorId, ip])).toEqual([
        ['broadcast.sent', false, 'eve', '203.0.113.9'],
        ['conversation.closed', true, 'eve', '203.0.113.9'],
        ['conversation.joined', true, 'eve', '203.0.113.9'],
        ['messages.read', true, 'eve', '203.0.113.9'],
        ['conversations.listed', false, 'eve', '203.0.113.9'],
      ])
      const [first, second] = [
        await admin.listAudit(moderator, { limit: 2 }),
        await admin.listAudit(moderator, { action: 'messages.read' }),
      ]
      expect([first.hasMore, second.data.length]).toEqual([true, 1])
      expect((await admin.listAudit(moderator, { limit: 9, cursor: first.nextCursor! })).data).toEqual(data.slice(2))
      expect((await chat.getConversation(ana, { conversationId })).participants).toMatchObject([
        { userId: 'ana' },
        { userId: 'eve', role: 'moderator' },
      ])
    })

    test('an admin who came to moderate leaves again, also where nobody else comes and goes', async () => {
      const { people, admin, chat } = current()
      const { ana, eve } = people('ana', 'ben', 'eve')
      const { conversationId } = (await chat.sendMessage(ana, { to: 'ben', content: 'private' })).message
      const moderator: Actor = { ...eve, role: 'admin' }
      await admin.joinConversation(moderator, { conversationId })
      const remove = (who: Actor, userId: string) => codeOf(chat.removeParticipant(who, { conversationId, userId }))
      expect(await remove(ana, 'ana')).toBe('forbidden')
      expect(await remove(moderator, 'ana')).toBe('forbidden')
      expect(await remove(moderator, 'eve')).toBe('ok')
      expect(await codeOf(chat.getConversation(moderator, { conversationId }))).toBe('not_found')
      expect((await chat.getConversation(ana, { conversationId })).participantCount).toBe(2)
    })

    test('statistics count the tenant’s own', async () => {
      const { people, group, admin, chat } = current()
      const { ana, ben } = people('ana', 'ben')
      const one = await group(ana, ben)
      await group(ana)
      for (const n of upTo(3)) await chat.sendMessage(ana, { conversationId: one, content: `m${n}` })
      const backend = backendOf(ana)
      await admin.setConversationStatus(backend, { conversationId: one, status: 'read_only' })
      const stats = await admin.getStats(backend, { days: 2 })
      expect(stats).toMatchObject({
        conversations: { total: 2, active: 1, readOnly: 1, closed: 0, busy: 1 },
        // the mark of the change is a message too
        messages: { total: 4, today: 4 },
        users: { total: 2, disabled: 0, online: 0 },
        reports: { open: 0 },
      })
      expect(stats.perDay.map(({ messages, conversations }) => [messages, conversations])).toEqual([
        [0, 0],
        [4, 2],
      ])
    })
  })
}
