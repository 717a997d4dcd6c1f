import { expect, test } from 'vitest'
import { patiently } from '../../../test/callers.ts'
import { contextScene } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('how conversations of contexts end', (current) => {
  const scene = () => contextScene(current())

  test('a status makes it read-only or closes it, with the reason and a mark; another opens it again', async () => {
    const { put, say, ana, chat, seen } = await scene()
    await put({ version: 1 })
    const { message } = await say(ana, 'hello')
    const { conversationId } = message
    const status = async () => {
      const found = await chat.getConversation(ana, { conversationId })
      return [found.status, found.statusReason, found.context?.status]
    }
    await put({ version: 2, status: 'done' })
    expect(await status()).toEqual(['read_only', 'completed', 'done'])
    await expect(say(ana, 'x')).rejects.toMatchObject({ code: 'conversation_read_only' })
    const edit = chat.editMessage(ana, { messageId: message.id, content: 'y' })
    await expect(edit).rejects.toMatchObject({ code: 'conversation_read_only' })
    await put({ version: 3, status: 'cancelled' })
    expect(await status()).toEqual(['closed', 'cancelled', 'cancelled'])
    await expect(say(ana, 'x')).rejects.toMatchObject({ code: 'conversation_closed' })
    await put({ version: 4, status: 'confirmed' })
    expect(await status()).toEqual(['active', null, 'confirmed'])
    await say(ana, 'we go on')
    const { data } = await chat.listMessages(ana, { conversationId })
    expect(data.map(({ type, senderId, payload }) => [type, senderId, payload])).toEqual([
      ['text', 'ana', null],
      ['system', 'parley:system', { event: 'conversation_status', status: 'read_only', reason: 'completed' }],
      ['system', 'parley:system', { event: 'conversation_status', status: 'closed', reason: 'cancelled' }],
      ['system', 'parley:system', { event: 'conversation_status', status: 'active', reason: null }],
      ['text', 'ana', null],
    ])
    expect(await seen(ana, conversationId)).toHaveLength(5)
  })

  test('one that is closed before anybody wrote is not started', async () => {
    const { put, say, ana } = await scene()
    await put({ status: 'cancelled' })
    await expect(say(ana, 'x')).rejects.toMatchObject({ code: 'conversation_closed' })
  })

  test('a time of grace runs out by itself: nobody writes from that moment on, and the mark comes once', async () => {
    const { put, say, ana, chat, asOwner, endConversations } = await scene()
    await put({ version: 1 })
    const { conversationId } = (await say(ana, 'hello')).message
    await put({ version: 2, status: 'warranty' })
    const open = await chat.getConversation(ana, { conversationId })
    expect([open.status, Date.parse(open.closesAt!) > Date.now() + 3_500_000]).toEqual(['active', true])
    await say(ana, 'in time')
    // the same status said again does not begin the time anew
    await put({ version: 3, status: 'warranty', title: 'Another title' })
    expect((await chat.getConversation(ana, { conversationId })).closesAt).toBe(open.closesAt)
    await asOwner(`UPDATE conversations SET closes_at = now() - interval '1 second' WHERE id = $1`, [conversationId])
    await expect(say(ana, 'too late')).rejects.toMatchObject({ code: 'conversation_closed' })
    await Promise.all([patiently(endConversations), patiently(endConversations)])
    expect(await endConversations()).toBe(0)
    const closed = await chat.getConversation(ana, { conversationId })
    expect([closed.status, closed.statusReason, closed.closesAt]).toEqual(['closed', 'warranty_over', null])
    const { data } = await chat.listMessages(ana, { conversationId })
    expect(data.map(({ content }) => content)).toEqual(['hello', 'in time', 'This conversation is closed'])
  })

  test('what an admin has closed its context does not open; what an admin opens goes by its context again', async () => {
    const { put, say, ana, chat, admin, backend } = await scene()
    await put({ version: 1 })
    const { conversationId } = (await say(ana, 'hello')).message
    await admin.setConversationStatus(backend, { conversationId, status: 'closed', reason: 'fraud' })
    await put({ version: 2, status: 'confirmed' })
    expect(await chat.getConversation(ana, { conversationId })).toMatchObject({
      status: 'closed',
      statusReason: 'fraud',
    })
    await admin.setConversationStatus(backend, { conversationId, status: 'active' })
    await say(ana, 'thank you')
    // opened against its context, it stays open while the context says nothing new
    await put({ version: 3, status: 'done' })
    await admin.setConversationStatus(backend, { conversationId, status: 'active' })
    await put({ version: 4, status: 'done', title: 'Another title' })
    await say(ana, 'still open')
    await put({ version: 5, status: 'confirmed' })
    await put({ version: 6, status: 'done' })
    expect(await chat.getConversation(ana, { conversationId })).toMatchObject({ status: 'read_only' })
  })

  test('what an upsert or an admin marks as ended that nobody has marked yet has its mark', async () => {
    const { put, say, admin, backend, seen, ana, asOwner } = await scene()
    for (const id of ['1', '2']) {
      await put({ id, status: 'warranty', title: 'a' })
      const { conversationId } = (await say(ana, 'hello', id)).message
      const past = "now() - interval '2 hours'"
      await asOwner(`UPDATE contexts SET status_at = ${past} WHERE tenant_id = '${ana.tenantId}'`)
      await asOwner(`UPDATE conversations SET closes_at = ${past} WHERE id = '${conversationId}'`)
      if (id === '1') await put({ id, status: 'warranty', title: 'b' })
      else await admin.setConversationStatus(backend, { conversationId, status: 'closed', reason: 'fraud' })
      expect(await seen(ana, conversationId)).toEqual(['hello', 'This conversation is closed'])
    }
  })
})
