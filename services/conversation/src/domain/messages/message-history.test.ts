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

  test('goes as well when a replica of the former release deletes the message, which writes the last words there', async () => {
    const { people, group, chat, send, asOwner } = current()
    const { ana, ben } = people('ana', 'ben')
    const { message } = await send(await group(ana, ben), ben, 'first')
    await chat.editMessage(ben, { messageId: message.id, content: 'second' })
    await asOwner(
      `INSERT INTO message_edits (message_id, rev, tenant_id, content, edited_by, edited_at)
       SELECT id, rev + 1, tenant_id, content, sender_id, now() FROM messages WHERE id = $1`,
      [message.id],
    )
    await asOwner(`UPDATE messages SET content = '', deleted_at = now(), rev = rev + 1 WHERE id = $1`, [message.id])
    expect(await asOwner('SELECT content FROM message_edits WHERE message_id = $1', [message.id])).toEqual([
      { content: '' },
      { content: '' },
    ])
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

  test('admins of the tenant read it of any message, and that is in the log; of a deleted one no words are left', async () => {
    const { people, group, chat, admin, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const { message } = await send(conversationId, ben, 'first')
    const messageId = message.id
    await chat.editMessage(ben, { messageId, content: 'second' })
    await chat.addReaction(ana, { messageId, emoji: '👍' })
    const mod: Actor = { ...ana, userId: 'mod', role: 'admin', ip: '203.0.113.9' }
    const history = async () => (await chat.getMessageHistory(mod, { messageId })).data
    expect(await history()).toMatchObject([{ content: 'first', deleted: false }])
    await chat.deleteMessage(ben, { messageId })
    expect(await history()).toMatchObject([
      { content: '', deleted: true, replacedBy: { userId: 'ben' } },
      { content: '', deleted: false, replacedBy: { userId: 'ben' } },
    ])
    const { data } = await admin.listAudit(mod, { action: 'message.history_read' })
    const look = { actorId: 'mod', target: conversationId, details: { messageId, seq: 1 } }
    expect(data).toMatchObject([look, look])
    const foreign = { ...backendOf(people('eve').eve), ip: '203.0.113.9' }
    expect(await codeOf(chat.getMessageHistory(foreign, { messageId }))).toBe('not_found')
  })
})
