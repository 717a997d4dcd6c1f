import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('messages and the policy', (current) => {
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
})
