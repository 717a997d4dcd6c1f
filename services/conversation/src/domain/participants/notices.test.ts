import type { Actor, Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, patiently } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('lines of the system', (current) => {
  const linesOf = (messages: Message[]) =>
    messages.flatMap(({ seq, type, content, payload }) => (type === 'system' ? [{ seq, content, payload }] : []))

  test('who is added, removed or leaves, and a new title, is a line of a group: in words, and as what it is', async () => {
    const { people, group, chat, send, committed } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, ben)
    await chat.getMe({ ...ana, name: 'Ana' }, {})
    await send(conversationId, ben, 'hello')
    committed.length = 0
    await chat.addParticipant(ana, { conversationId, userId: 'joe' })
    expect(committed.flatMap(({ changes }) => changes.map(({ type }) => type))).toEqual([
      'participant.joined',
      'message.created',
    ])
    await chat.updateConversation(ana, { conversationId, title: 'Lunch' })
    // what it was called already is no news, nor is a picture
    await chat.updateConversation(ana, { conversationId, title: 'Lunch', pictureUrl: 'https://example.com/p.png' })
    await chat.removeParticipant(ana, { conversationId, userId: 'joe' })
    await chat.removeParticipant(ben, { conversationId, userId: 'ben' })
    const { data } = await chat.listMessages(ana, { conversationId })
    expect(linesOf(data)).toEqual([
      {
        seq: 2,
        content: 'Ana added joe',
        payload: { event: 'participants_added', actorId: 'ana', userIds: ['joe'], count: 1 },
      },
      {
        seq: 3,
        content: 'Ana named this group “Lunch”',
        payload: { event: 'conversation_renamed', actorId: 'ana', title: 'Lunch' },
      },
      {
        seq: 4,
        content: 'Ana removed joe',
        payload: { event: 'participants_removed', actorId: 'ana', userIds: ['joe'], count: 1 },
      },
      { seq: 5, content: 'ben left', payload: { event: 'participants_left', userIds: ['ben'], count: 1 } },
    ])
    expect(joe.userId).toBe('joe')
  })

  test('none of them is unread, for who was there and for who comes', async () => {
    const { people, group, chat } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, ben)
    await chat.addParticipant(ana, { conversationId, userId: 'joe' })
    await chat.updateConversation(ana, { conversationId, title: 'Lunch' })
    for (const one of [ana, ben, joe]) expect((await chat.getUnreadCount(one, { conversationId })).unreadCount).toBe(0)
  })

  test('a group that grows by many at once, or loses them, is told so in one line', async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const many = upTo(30).map((n) => `user-${n}`)
    await Promise.all(many.map((userId) => patiently(() => chat.addParticipant(ana, { conversationId, userId }))))
    for (const userId of many.slice(0, 5)) await chat.removeParticipant(ana, { conversationId, userId })
    const lines = linesOf((await chat.listMessages(ben, { conversationId })).data)
    expect(lines).toMatchObject([
      { seq: 1, payload: { event: 'participants_added', actorId: 'ana', count: 30 } },
      { seq: 2, payload: { event: 'participants_removed', actorId: 'ana', count: 5 } },
    ])
    const named = (lines[0]!.payload as { userIds: string[] }).userIds
    expect([named.length, named.every((id) => many.includes(id))]).toEqual([20, true])
    const { conversations } = await chat.sync(ben, { cursors: [{ conversationId, cursor: null }] })
    expect(linesOf(conversations[0]!.messages)).toEqual(lines)
  })

  test('a tenant that does not want them has none, but for moderators, who are seen to come and go', async () => {
    const { people, group, chat, admin } = current()
    const { ana, ben } = people('ana', 'ben')
    await chat.getMe(ana, {})
    await admin.setPolicy(backendOf(ana), { groups: { notices: false } })
    const conversationId = await group(ana, ben)
    await chat.addParticipant(ana, { conversationId, userId: 'joe' })
    await chat.updateConversation(ana, { conversationId, title: 'Lunch' })
    await chat.removeParticipant(ben, { conversationId, userId: 'ben' })
    const mia: Actor = { ...ana, userId: 'mia', role: 'admin' }
    await admin.joinConversation(mia, { conversationId })
    await chat.removeParticipant(mia, { conversationId, userId: 'mia' })
    expect(linesOf((await chat.listMessages(ana, { conversationId })).data)).toEqual([
      {
        seq: 1,
        content: 'A moderator has joined',
        payload: { event: 'moderator_joined', userId: 'mia', role: 'moderator' },
      },
      {
        seq: 2,
        content: 'The moderator has left',
        payload: { event: 'moderator_left', userId: 'mia', role: 'moderator' },
      },
    ])
  })

  test.each(['direct', 'group'])(
    'who has come to moderate is marked, and known by name after leaving: in a %s one',
    async (kind) => {
      const { people, group, chat, admin } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId =
        kind === 'group'
          ? await group(ana, ben)
          : (await chat.sendMessage(ana, { to: 'ben', content: 'hi' })).message.conversationId
      if (kind === 'group') await chat.updateParticipant(ana, { conversationId, userId: 'ben', role: 'moderator' })
      const mia: Actor = { ...ana, userId: 'mia', role: 'admin', name: 'Mia of support' }
      await chat.getMe(mia, {})
      await admin.joinConversation(mia, { conversationId, role: 'moderator' })
      const staff = async () => {
        const [{ participants }, listed] = [
          await chat.getConversation(ana, { conversationId }),
          await chat.listParticipants(ana, { conversationId }),
        ]
        expect(Object.fromEntries(listed.data.map((one) => [one.userId, one.staff]))).toEqual(
          Object.fromEntries(participants.map((one) => [one.userId, one.staff])),
        )
        return participants.filter((one) => one.staff).map(({ userId, role }) => [userId, role])
      }
      expect(await staff()).toEqual([['mia', 'moderator']])
      const { message } = await chat.sendMessage(mia, { conversationId, content: 'calm down' })
      await chat.removeParticipant(mia, { conversationId, userId: 'mia' })
      expect(await staff()).toEqual([])
      const { data } = await chat.listMessages(ben, { conversationId })
      expect(data.find(({ id }) => id === message.id)).toMatchObject({
        senderId: 'mia',
        sender: { userId: 'mia', name: 'Mia of support', avatarUrl: null },
      })
    },
  )
})
