import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('who the notification worker lets in', (current) => {
  test('is who is not shut out, and in the conversation that they name', async () => {
    const { people, audience, host, chat, admin, group } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const id = await group(ana, ben)
    await host.upsertUsers(backendOf(ana), { users: [{ userId: 'ana', email: 'ana@example.com', locale: 'de-AT' }] })
    expect(await audience.admit(ana, { conversationId: id })).toEqual({
      role: 'user',
      email: 'ana@example.com',
      locale: 'de-AT',
    })
    expect(await audience.admit(eve, { conversationId: null })).toEqual({ role: 'user', email: null, locale: null })
    expect(await codeOf(audience.admit(eve, { conversationId: id }))).toBe('not_found')
    expect(await codeOf(audience.admit(ana, { conversationId: randomUUID() }))).toBe('not_found')
    expect(await codeOf(audience.admit(backendOf(ana), { conversationId: id }))).toBe('ok')
    await chat.removeParticipant(ana, { conversationId: id, userId: 'ben' })
    expect(await codeOf(audience.admit(ben, { conversationId: id }))).toBe('not_found')
    await host.disableUser(backendOf(ana), { userId: 'ben' })
    expect(await codeOf(audience.admit(ben, { conversationId: null }))).toBe('forbidden')
    await admin.setPolicy(backendOf(ana), { roles: { admin: ['boss'] }, notifications: { channels: ['push'] } })
    expect((await audience.admit({ ...eve, hostRole: 'boss' }, { conversationId: null })).role).toBe('admin')
    expect((await audience.notificationRules(eve, {})).rules).toEqual({
      channels: ['push'],
      previews: true,
      digestAfterMinutes: null,
    })
  })

  test('an answer by e-mail is a message of whoever may still write there, once', async () => {
    const { people, audience, chat, group } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const id = await group(ana, ben)
    const asked = await chat.sendMessage(ana, { conversationId: id, content: 'Tuesday?' })
    const reply = { conversationId: id, content: 'Yes', clientId: 'mail-1' }
    const sent = await audience.sendReply(ben, reply)
    expect(await audience.sendReply(ben, reply)).toEqual(sent)
    const message = await chat.getMessage(ana, { messageId: sent.messageId })
    expect(message).toMatchObject({ senderId: 'ben', content: 'Yes', seq: asked.message.seq + 1 })
    expect((await chat.getUnreadCount(ben, { conversationId: id })).unreadCount).toBe(1)
    expect(await codeOf(audience.sendReply(eve, { ...reply, clientId: 'mail-2' }))).toBe('not_found')
    await chat.removeParticipant(ana, { conversationId: id, userId: 'ben' })
    expect(await codeOf(audience.sendReply(ben, { ...reply, clientId: 'mail-3' }))).toBe('not_found')
  })
})
