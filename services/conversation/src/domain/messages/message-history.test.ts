import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('what a message said before', (current) => {
  test('its sender reads it, the latest first and page by page; others who see the message do not', async () => {
    const { people, group, chat, send } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const { message } = await send(await group(ana, ben), ben, 'draft 1')
    const messageId = message.id
    await chat.getMe({ ...ben, name: 'Ben' }, {})
    expect(await chat.getMessageHistory(ben, { messageId })).toEqual({ data: [], hasMore: false, nextCursor: null })
    for (const n of upTo(4)) await chat.editMessage(ben, { messageId, content: `draft ${n + 1}` })
    const first = await chat.getMessageHistory(ben, { messageId, limit: 3 })
    expect(first.data.map(({ content }) => content)).toEqual(['draft 4', 'draft 3', 'draft 2'])
    expect(first.data[0]).toMatchObject({ replacedBy: { userId: 'ben', name: 'Ben', avatarUrl: null }, deleted: false })
    const rest = await chat.getMessageHistory(ben, { messageId, limit: 3, cursor: first.nextCursor! })
    expect(rest).toMatchObject({ data: [{ content: 'draft 1' }], hasMore: false })
    expect(await codeOf(chat.getMessageHistory(ana, { messageId }))).toBe('forbidden')
    expect(await codeOf(chat.getMessageHistory(eve, { messageId }))).toBe('not_found')
  })

  test('of a deleted one nothing is left for its sender, and for whoever has left nothing of any', async () => {
    const { people, group, chat, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const one = await send(conversationId, ben, 'gone')
    const two = await send(conversationId, ben, 'kept')
    for (const { message } of [one, two]) await chat.editMessage(ben, { messageId: message.id, content: 'changed' })
    await chat.deleteMessage(ben, { messageId: one.message.id })
    const count = async (id: string) => (await chat.getMessageHistory(ben, { messageId: id })).data.length
    expect([await count(one.message.id), await count(two.message.id)]).toEqual([0, 1])
    await chat.removeParticipant(ben, { conversationId, userId: 'ben' })
    expect(await codeOf(count(two.message.id))).toBe('not_found')
  })

  test('admins of the tenant read it of any message, words that were deleted included, and that is in the log', async () => {
    const { people, group, chat, admin, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const { message } = await send(conversationId, ben, 'first')
    const messageId = message.id
    await chat.editMessage(ben, { messageId, content: 'second' })
    await chat.addReaction(ana, { messageId, emoji: '👍' })
    await chat.deleteMessage(ben, { messageId })
    const mod: Actor = { ...ana, userId: 'mod', role: 'admin', ip: '203.0.113.9' }
    expect((await chat.getMessageHistory(mod, { messageId })).data).toMatchObject([
      { content: 'second', deleted: true },
      { content: 'first', deleted: false },
    ])
    const { data } = await admin.listAudit(mod, { action: 'message.history_read' })
    expect(data).toMatchObject([{ actorId: 'mod', target: conversationId, details: { messageId, seq: 1 } }])
    const foreign = { ...backendOf(people('eve').eve), ip: '203.0.113.9' }
    expect(await codeOf(chat.getMessageHistory(foreign, { messageId }))).toBe('not_found')
  })
})
