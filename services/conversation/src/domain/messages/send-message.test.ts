import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { presets } from '../policy/presets.ts'
import { keptContent } from './message-body.ts'

test('a message has something to say, and no more characters than the tenant allows, whatever UTF-16 makes of them', () => {
  const policy = { ...presets.default, messages: { ...presets.default.messages, maxLength: 3 } }
  for (const content of ['a', 'abc', ' a ', '🙂🙂🙂']) expect(() => keptContent(content, policy)).not.toThrow()
  for (const content of ['', ' ', '\n\t\u00a0', 'abcd', '🙂🙂🙂🙂'])
    expect(() => keptContent(content, policy)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
})

describeUseCases('sending', (current) => {
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

  test("nobody writes to one of Parley's own ids, and not even the backend speaks as one", async () => {
    const { people, group, chat, host } = current()
    const { ana, ben } = people('ana', 'ben')
    const backend = backendOf(ana)
    const conversationId = await group(ana, ben)
    const createdAt = new Date().toISOString()
    const calls = [
      chat.sendMessage(ana, { to: 'parley:system', content: 'x' }),
      chat.sendMessage(backend, { conversationId, as: 'parley:system', content: 'x' }),
      host.importMessages(backend, {
        conversationId,
        messages: [{ senderId: 'parley:system', content: 'x', createdAt, clientId: '1' }],
      }),
    ]
    expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'invalid_input'))
    expect(await codeOf(host.getUser(backend, { userId: 'parley:system' }))).toBe('not_found')
  })

  test('ids that are Parley’s own are nobody to write to, as or by', async () => {
    const { people, group, chat, host } = current()
    const { ana } = people('ana')
    const conversationId = await group(ana)
    const backend = backendOf(ana)
    const content = 'x'
    for (const userId of ['parley:system', 'parley:anybody']) {
      const message = { senderId: userId, content, createdAt: '2020-01-01T00:00:00Z', clientId: userId }
      expect(await codeOf(chat.sendMessage(ana, { to: userId, content }))).toBe('invalid_input')
      expect(await codeOf(chat.sendMessage(backend, { to: userId, content }))).toBe('invalid_input')
      expect(await codeOf(chat.sendMessage(backend, { conversationId, as: userId, content }))).toBe('invalid_input')
      expect(await codeOf(host.importMessages(backend, { conversationId, messages: [message] }))).toBe('invalid_input')
    }
  })
})
