import { describe, expect, test } from 'vitest'
import { backendOf, codeOf } from './callers.ts'
import { type ConformanceWorld, upTo } from './conformance-world.ts'

export function describeBackend(current: () => ConformanceWorld): void {
  describe('the host’s backend', () => {
    test('sends as a user without reading for them, and as the system, also where nobody may write', async () => {
      const { people, group, chat, admin, send } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      const backend = backendOf(ana)
      await send(conversationId, ben, 'unread by ana')
      const { message } = await chat.sendMessage(backend, {
        conversationId,
        as: 'ana',
        content: 'in her name',
        clientId: 'k',
      })
      expect([message.senderId, message.seq]).toEqual(['ana', 2])
      expect(await chat.getUnreadCount(ana, { conversationId })).toEqual({ unreadCount: 1 })
      await chat.sendMessage(ana, { conversationId, content: 'she herself' })
      expect(await chat.getUnreadCount(ana, { conversationId })).toEqual({ unreadCount: 0 })
      await admin.setConversationStatus(backend, { conversationId, status: 'closed' })
      const note = await chat.sendMessage(backend, { conversationId, type: 'system', content: 'Refunded' })
      expect(note.message).toMatchObject({ type: 'system', senderId: 'parley:system' })
      expect(await codeOf(chat.sendMessage(backend, { conversationId, as: 'ana', content: 'x' }))).toBe(
        'conversation_closed',
      )
      expect(await codeOf(chat.sendMessage(ana, { conversationId, as: 'ben', content: 'x' }))).toBe('forbidden')
      expect(await codeOf(chat.sendMessage(ana, { conversationId, type: 'system', content: 'x' }))).toBe('forbidden')
      expect(await codeOf(chat.sendMessage(backend, { conversationId, as: 'eve', content: 'x' }))).toBe('not_found')
      expect(await chat.getTotalUnreadCount(ben, {})).toEqual({ unreadCount: 2 })
    })

    test('reads how much a user has not read', async () => {
      const { people, chat, host } = current()
      const { ana, ben } = people('ana', 'ben')
      await chat.sendMessage(ana, { to: 'ben', content: 'one' })
      await chat.sendMessage(ana, { to: 'ben', content: 'two' })
      expect(await host.getUserUnread(backendOf(ana), { userId: ben.userId })).toEqual({ unreadCount: 2 })
      expect(await codeOf(host.getUserUnread(ana, { userId: 'ben' }))).toBe('forbidden')
      expect(await codeOf(host.getUserUnread(backendOf(ana), { userId: 'nobody' }))).toBe('not_found')
    })

    test('brings in history once, in order, with its times, read by whoever had read everything', async () => {
      const { people, group, chat, host } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      const backend = backendOf(ana)
      const at = (n: number) => `2020-05-0${n}T10:00:00.000Z`
      const old = upTo(4).map((n) => ({
        senderId: n % 2 ? 'ana' : 'zoe',
        content: `old ${n}`,
        createdAt: at(n),
        clientId: `old-${n}`,
      }))
      const first = await host.importMessages(backend, { conversationId, messages: old.slice(0, 3) })
      expect(first.data.map(({ created }) => created)).toEqual([true, true, true])
      const second = await host.importMessages(backend, { conversationId, messages: old })
      expect(second.data.map(({ created }) => created)).toEqual([false, false, false, true])
      const { data } = await chat.listMessages(ben, { conversationId })
      expect(data.map(({ seq, content, createdAt, imported }) => [seq, content, createdAt, imported])).toEqual(
        upTo(4).map((n) => [n, `old ${n}`, at(n), true]),
      )
      expect(await chat.getUnreadCount(ben, { conversationId })).toEqual({ unreadCount: 0 })
      await chat.sendMessage(ana, { conversationId, content: 'new' })
      const refused = [
        [{ ...old[0]!, clientId: 'late' }, 'invalid_input'],
        [{ ...old[0]!, content: 'other words' }, 'key_reused'],
        [{ ...old[0]!, clientId: 'future', createdAt: '2999-01-01T00:00:00Z' }, 'invalid_input'],
      ] as const
      for (const [message, code] of refused)
        expect(await codeOf(host.importMessages(backend, { conversationId, messages: [message] }))).toBe(code)
      expect(await codeOf(host.importMessages(ana, { conversationId, messages: old }))).toBe('forbidden')
      expect((await chat.listMessages(ben, { conversationId })).data).toHaveLength(5)
    })
  })
}
