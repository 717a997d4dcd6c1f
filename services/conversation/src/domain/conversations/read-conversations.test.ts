import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { aMoment } from '../../../test/test-world.ts'

describeUseCases('the list of conversations', (current) => {
  test('has the order of what people write: what becomes of a conversation leaves its place', async () => {
    const { people, group, chat, host, admin } = current()
    const { ana, ben, mia } = people('ana', 'ben', 'mia')
    const backend = backendOf(ana)
    const moderator = { ...mia, role: 'admin' as const }
    const context = { type: 'booking', id: '1' }
    const members = ['ana', 'ben'].map((userId) => ({ userId, role: 'member' }))
    const statuses = { done: { conversation: 'read_only' as const } }
    await admin.setPolicy(backend, { contexts: { '*': { conversation: 'one', starters: null, statuses } } })
    await host.upsertContexts(backend, { contexts: [{ ...context, members }] })
    const about = (await chat.openContextConversation(ana, context)).conversation.id
    const ids = [about, await group(ana, ben), await group(ana, ben), await group(ana, ben)]
    for (const conversationId of ids) {
      await chat.sendMessage(ben, { conversationId, content: 'hello' })
      await aMoment()
    }
    const [oldest, old, newer, newest] = ids as [string, string, string, string]
    const order = async () => {
      const mine = await chat.listConversations(ana, {})
      const all = await admin.listAllConversations(moderator, {})
      const { conversations } = await chat.sync(ana, { cursors: [], since: '2020-01-01T00:00:00Z' })
      const synced = conversations.map(({ conversation }) => conversation)
      synced.sort((a, b) => (a.activityAt < b.activityAt ? 1 : -1))
      const lists = [mine.data, all.data, synced].map((list) => list.map(({ id }) => id))
      const told = mine.data.map(({ activityAt }) => activityAt)
      expect(told).toEqual([...told].sort().reverse())
      expect([lists[1], lists[2]]).toEqual([lists[0], lists[0]])
      return lists[0]
    }
    const before = [newest, newer, old, oldest]
    expect(await order()).toEqual(before)
    await admin.setConversationStatus(moderator, { conversationId: old, status: 'closed' })
    expect(await order()).toEqual(before)
    await admin.setConversationStatus(moderator, { conversationId: old, status: 'active' })
    await chat.updateConversation(ana, { conversationId: old, title: 'Another title' })
    await chat.addParticipant(ana, { conversationId: newer, userId: 'mia' })
    await chat.removeParticipant(ana, { conversationId: newer, userId: 'mia' })
    await admin.joinConversation(moderator, { conversationId: old })
    await chat.markRead(ana, { conversationId: old, seq: 99 })
    await host.upsertContexts(backend, { contexts: [{ ...context, members, status: 'done', title: 'Over' }] })
    expect(await order()).toEqual(before)
    // page by page as well
    const first = await chat.listConversations(ana, { limit: 2 })
    const second = await chat.listConversations(ana, { limit: 2, cursor: first.nextCursor! })
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(before)
    expect(second.data.at(-1)?.lastMessage).toMatchObject({ type: 'system', payload: { status: 'read_only' } })
    // what the host says as the system is something to read
    await chat.sendMessage(backend, { conversationId: oldest, type: 'system', content: 'Refunded' })
    await aMoment()
    await chat.sendMessage(ben, { conversationId: old, content: 'again' })
    expect(await order()).toEqual([old, oldest, newest, newer])
  })
})
