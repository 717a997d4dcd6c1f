import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('pins', (current) => {
  const scene = async () => {
    const world = current()
    const people = world.people('ana', 'ben', 'joe', 'eve')
    const { ana, ben } = people
    const conversationId = await world.group(ana, ben)
    const say = async (content: string) => (await world.chat.sendMessage(ben, { conversationId, content })).message.id
    const pinsOf = async (viewer: typeof ana) =>
      (await world.chat.listPins(viewer, { conversationId })).data.map(({ content }) => content)
    return { ...world, ...people, conversationId, say, pinsOf }
  }

  test('are of the message for everybody, listed with the latest first, and told with a line in the conversation', async () => {
    const { chat, committed, ana, ben, eve, conversationId, say, pinsOf } = await scene()
    const [one, two] = [await say('one'), await say('two')]
    const { cursor } = await chat.getConversation(ben, { conversationId })
    committed.length = 0
    const pinned = await chat.pinMessage(ana, { messageId: one })
    expect(pinned.pinned).toEqual({ at: expect.any(String), by: 'ana' })
    expect(committed.flatMap(({ changes }) => changes.flatMap(({ live }) => live))).toMatchObject([
      { event: 'message_updated', span: 1, data: { id: one, pinned: { by: 'ana' } } },
      {
        event: 'new_message',
        span: 1,
        data: { content: 'ana pinned a message', payload: { event: 'message_pinned', messageId: one, seq: 1 } },
      },
    ])
    expect(await chat.pinMessage(ben, { messageId: one })).toEqual(pinned)
    await chat.pinMessage(ben, { messageId: two })
    expect(await pinsOf(ben)).toEqual(['two', 'one'])
    const { conversations } = await chat.sync(ben, { cursors: [{ conversationId, cursor }] })
    expect(conversations[0]!.changed.map(({ pinned: by }) => by?.by)).toEqual(['ana', 'ben'])
    expect(conversations[0]!.messages.map(({ type }) => type)).toEqual(['system', 'system'])
    for (const call of [chat.pinMessage, chat.unpinMessage])
      expect(await codeOf(call(eve, { messageId: one }))).toBe('not_found')
    expect(await codeOf(chat.listPins(eve, { conversationId }))).toBe('not_found')
  })

  test('are taken down, and go with a message that is deleted; an edit leaves them', async () => {
    const { chat, committed, ana, ben, say, pinsOf } = await scene()
    const [one, two] = [await say('one'), await say('two')]
    for (const messageId of [one, two]) await chat.pinMessage(ana, { messageId })
    await chat.editMessage(ben, { messageId: two, content: 'better' })
    expect(await pinsOf(ana)).toEqual(['better', 'one'])
    expect((await chat.unpinMessage(ben, { messageId: one })).pinned).toBeUndefined()
    committed.length = 0
    await chat.unpinMessage(ben, { messageId: one })
    expect(committed).toEqual([])
    expect((await chat.deleteMessage(ben, { messageId: two })).pinned).toBeUndefined()
    expect(await pinsOf(ana)).toEqual([])
    expect(await codeOf(chat.pinMessage(ana, { messageId: two }))).toBe('forbidden')
  })

  test('of what somebody does not see are not in their list', async () => {
    const { chat, ana, ben, joe, conversationId, say, pinsOf } = await scene()
    const [one, two] = [await say('one'), await say('two')]
    await chat.addParticipant(ana, { conversationId, userId: 'joe' })
    const three = await say('three')
    for (const messageId of [one, two, three]) await chat.pinMessage(ana, { messageId })
    await chat.deleteMessage(ben, { messageId: two, for: 'me' })
    expect([await pinsOf(ana), await pinsOf(ben), await pinsOf(joe)]).toEqual([
      ['three', 'two', 'one'],
      ['three', 'one'],
      ['three'],
    ])
  })

  test('are for whom the tenant says, and no more than fifty', async () => {
    const { chat, admin, ana, ben, say, asOwner, withoutNotices } = await scene()
    await withoutNotices(ana)
    const ids = []
    for (const n of upTo(51)) ids.push(await say(`m${n}`))
    await asOwner(`UPDATE messages SET pinned_at = now(), pinned_by = 'ben' WHERE id = ANY ($1)`, [ids.slice(0, 50)])
    expect(await codeOf(chat.pinMessage(ana, { messageId: ids[50]! }))).toBe('invalid_input')
    await chat.unpinMessage(ana, { messageId: ids[0]! })
    expect(await codeOf(chat.pinMessage(ana, { messageId: ids[50]! }))).toBe('ok')

    await admin.setPolicy(backendOf(ana), { messages: { pinning: 'moderators' } })
    expect(await codeOf(chat.pinMessage(ben, { messageId: ids[0]! }))).toBe('forbidden')
    expect(await codeOf(chat.unpinMessage(ben, { messageId: ids[50]! }))).toBe('forbidden')
    // one's own is one's own to take down
    for (const n of [1, 2]) expect(await codeOf(chat.unpinMessage(ben, { messageId: ids[n]! }))).toBe('ok')
    expect(await codeOf(chat.pinMessage(ana, { messageId: ids[0]! }))).toBe('ok')
    await admin.setPolicy(backendOf(ana), { messages: { pinning: 'nobody' } })
    expect(await codeOf(chat.pinMessage(ana, { messageId: ids[1]! }))).toBe('forbidden')
    expect(await codeOf(chat.unpinMessage(ana, { messageId: ids[50]! }))).toBe('ok')
  })
})
