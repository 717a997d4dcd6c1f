import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('an answer to a message', (current) => {
  test('shows what it answers as that is now, to whoever may see that', async () => {
    const { people, group, chat, committed } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const { message: original } = await chat.sendMessage(ana, { conversationId, content: 'At\nnine?' })
    const { message: answer } = await chat.sendMessage(ben, { conversationId, content: 'Yes', replyTo: original.id })
    const preview = {
      id: original.id,
      seq: original.seq,
      senderId: 'ana',
      sender: { userId: 'ana', name: null, avatarUrl: null },
      type: 'text',
      content: 'At nine?',
      deletedAt: null,
      hidden: false,
    }
    expect(answer.replyTo).toEqual(preview)
    expect(committed.at(-1)!.changes[0]!.live[0]!.data).toMatchObject({ replyTo: preview })
    const shown = async () => (await chat.getMessage(ana, { messageId: answer.id })).replyTo
    const page = async () => (await chat.listMessages(ben, { conversationId })).data.at(-1)!.replyTo
    const synced = async () => {
      const { conversations } = await chat.sync(ben, { cursors: [{ conversationId, cursor: null }] })
      return conversations[0]!.messages.at(-1)!.replyTo
    }
    const everywhere = async () => [await shown(), await page(), await synced()]
    expect(await everywhere()).toEqual([preview, preview, preview])
    await chat.editMessage(ana, { messageId: original.id, content: 'At ten?' })
    expect(await everywhere()).toEqual(Array(3).fill({ ...preview, content: 'At ten?' }))
    const { deletedAt } = await chat.deleteMessage(ana, { messageId: original.id })
    expect(await everywhere()).toEqual(Array(3).fill({ ...preview, content: '', deletedAt }))
    // an answer that is deleted answers nothing
    expect((await chat.deleteMessage(ben, { messageId: answer.id })).replyTo).toBeNull()
  })

  test('says no words of it to who has left and repeats it', async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const { message: original } = await chat.sendMessage(ana, { conversationId, content: 'At nine?' })
    const answer = { conversationId, content: 'Yes', replyTo: original.id, clientId: 'k' }
    const first = await chat.sendMessage(ben, answer)
    expect((await chat.sendMessage(ben, answer)).message.replyTo).toEqual(first.message.replyTo)
    await chat.removeParticipant(ana, { conversationId, userId: 'ben' })
    await chat.editMessage(ana, { messageId: original.id, content: 'At 12, Harbour Street' })
    const again = await chat.sendMessage(ben, answer)
    expect(again).toMatchObject({ created: false, message: { id: first.message.id, content: 'Yes' } })
    expect(again.message.replyTo).toMatchObject({ id: original.id, content: '', hidden: true })
    expect(JSON.stringify(again)).not.toContain('Harbour')
  })

  test('says no words of it to who came later, and none to all as soon as one of them did', async () => {
    const { people, group, chat, admin, committed } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, ben)
    const { message: original } = await chat.sendMessage(ana, { conversationId, content: 'between us' })
    await chat.addParticipant(ana, { conversationId, userId: 'joe' })
    const sent = await chat.sendMessage(ben, { conversationId, content: 'Yes', replyTo: original.id })
    const hidden = { id: original.id, content: '', hidden: true }
    expect(sent.message.replyTo).toMatchObject(hidden)
    expect(committed.at(-1)!.changes[0]!.live[0]!.data).toMatchObject({ replyTo: hidden })
    const messageId = sent.message.id
    expect((await chat.getMessage(joe, { messageId })).replyTo).toMatchObject(hidden)
    const page = (await chat.listMessages(joe, { conversationId })).data
    expect(page.at(-1)!.replyTo).toMatchObject(hidden)
    expect(JSON.stringify(page)).not.toContain('between us')
    const seen = { content: 'between us', hidden: false }
    expect((await chat.getMessage(ana, { messageId })).replyTo).toMatchObject(seen)
    const inspected = await admin.inspectMessages(backendOf(ana), { conversationId, limit: 1 })
    expect(inspected.data[0]!.replyTo).toMatchObject(seen)
    await chat.addReaction(ben, { messageId, emoji: '👍' })
    expect(committed.at(-1)!.changes[0]!.live[0]!.data).toMatchObject({ replyTo: hidden })
    await chat.removeParticipant(ana, { conversationId, userId: 'joe' })
    expect((await chat.addReaction(ben, { messageId, emoji: '🎉' })).replyTo).toMatchObject(seen)
    // who has seen it and keeps it from themself alone takes it from nobody else
    await chat.deleteMessage(ben, { messageId: original.id, for: 'me' })
    await chat.addReaction(ana, { messageId, emoji: '👍' })
    expect(committed.at(-1)!.changes[0]!.live[0]!.data).toMatchObject({ replyTo: seen })
    await chat.deleteConversation(ben, { conversationId })
    const { message: later } = await chat.sendMessage(ana, { conversationId, content: 'So?', replyTo: original.id })
    expect(later.replyTo).toMatchObject(seen)
    expect((await chat.getMessage(ben, { messageId: later.id })).replyTo).toMatchObject(hidden)
  })

  test('answers only what its sender sees of the same conversation', async () => {
    const { people, group, chat } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, ben)
    const elsewhere = await group(ana, joe)
    const { message: before } = await chat.sendMessage(ana, { conversationId, content: 'before joe' })
    const { message: other } = await chat.sendMessage(ana, { conversationId: elsewhere, content: 'elsewhere' })
    await chat.addParticipant(ana, { conversationId, userId: 'joe' })
    const answer = (actor: typeof ana, replyTo: string, clientId?: string) =>
      chat.sendMessage(actor, { conversationId, content: 'x', replyTo, ...(clientId && { clientId }) })
    const { message: hidden } = await chat.sendMessage(ana, { conversationId, content: 'hidden from Joe by himself' })
    await chat.deleteMessage(joe, { messageId: hidden.id, for: 'me' })
    const unseen = [answer(joe, before.id), answer(joe, hidden.id), answer(ana, other.id), answer(ana, conversationId)]
    for (const wrong of unseen)
      await expect(wrong).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ pointer: '/replyTo', code: 'not_found' }],
      })
    const first = await answer(ben, before.id, 'k')
    expect(await answer(ben, before.id, 'k')).toEqual({ ...first, created: false })
    expect(await codeOf(answer(ben, first.message.id, 'k'))).toBe('key_reused')
    await chat.removeParticipant(ana, { conversationId, userId: 'ben' })
    expect(await answer(ben, before.id, 'k')).toMatchObject({ message: { id: first.message.id }, created: false })
    // who speaks for the backend answers what is there
    const system = { conversationId, type: 'system', content: 'Noted', replyTo: before.id }
    expect((await chat.sendMessage(backendOf(ana), system)).message.replyTo).toMatchObject({ id: before.id })
  })
})
