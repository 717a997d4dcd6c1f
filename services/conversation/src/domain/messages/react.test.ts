import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('reactions', (current) => {
  /** Ana's message in a group with Ben and Chloé. */
  const scene = async () => {
    const world = current()
    const people = world.people('ana', 'ben', 'chloe', 'eve')
    const { ana, ben, chloe } = people
    const conversationId = await world.group(ana, ben, chloe)
    const { message } = await world.chat.sendMessage(ana, { conversationId, content: 'Sunny tomorrow' })
    world.committed.length = 0
    return { ...world, ...people, conversationId, messageId: message.id }
  }

  test('are kept by emoji in the order in which they came, each of a person once', async () => {
    const { chat, ana, ben, chloe, conversationId, messageId } = await scene()
    await chat.addReaction(ben, { messageId, emoji: '🎉' })
    await chat.addReaction(chloe, { messageId, emoji: '👍' })
    await chat.addReaction(ana, { messageId, emoji: '🎉' })
    const once = await chat.addReaction(ben, { messageId, emoji: '👍' })
    const reactions = [
      { emoji: '🎉', userIds: ['ben', 'ana'] },
      { emoji: '👍', userIds: ['chloe', 'ben'] },
    ]
    expect(once.reactions).toEqual(reactions)
    expect(await chat.addReaction(ben, { messageId, emoji: '👍' })).toEqual(once)
    // wherever it is read
    expect(await chat.getMessage(ana, { messageId })).toEqual(once)
    expect((await chat.listMessages(ben, { conversationId, limit: 1 })).data).toEqual([once])
    expect((await chat.getConversation(chloe, { conversationId })).lastMessage).toEqual(once)
  })

  test('are changes of their message: told once each, with its present state, and found by who was away', async () => {
    const { chat, committed, ana, ben, conversationId, messageId } = await scene()
    const { cursor, rev } = await chat.getConversation(ana, { conversationId })
    const reacted = await chat.addReaction(ben, { messageId, emoji: '👍' })
    await chat.addReaction(ben, { messageId, emoji: '👍' })
    expect(reacted.rev).toBe(rev + 1)
    expect(committed.flatMap(({ changes }) => changes)).toMatchObject([
      {
        type: 'message.updated',
        seq: 1,
        rev: rev + 1,
        data: { reactions: [{ emoji: '👍', userIds: ['ben'] }] },
        live: [{ event: 'message_updated', span: 1, aboutSeq: 1 }],
      },
    ])
    const { conversations } = await chat.sync(ana, { cursors: [{ conversationId, cursor }] })
    expect(conversations).toMatchObject([{ messages: [], changed: [reacted] }])
  })

  test('are taken back by whose they are, and go with the words of a deleted message', async () => {
    const { chat, committed, ana, ben, chloe, messageId } = await scene()
    await chat.addReaction(ben, { messageId, emoji: '👍' })
    await chat.addReaction(chloe, { messageId, emoji: '👍' })
    expect((await chat.removeReaction(ben, { messageId, emoji: '👍' })).reactions).toEqual([
      { emoji: '👍', userIds: ['chloe'] },
    ])
    committed.length = 0
    await chat.removeReaction(ben, { messageId, emoji: '👍' })
    await chat.removeReaction(ana, { messageId, emoji: '🎉' })
    expect(committed).toEqual([])
    expect((await chat.deleteMessage(ana, { messageId })).reactions).toEqual([])
    expect(await codeOf(chat.addReaction(ben, { messageId, emoji: '👍' }))).toBe('forbidden')
  })

  test('are one a person where the tenant says so, or none', async () => {
    const { chat, admin, committed, ana, ben, messageId } = await scene()
    for (const emoji of ['👍', '🎉']) await chat.addReaction(ben, { messageId, emoji })
    await chat.addReaction(ana, { messageId, emoji: '👍' })
    await admin.setPolicy(backendOf(ana), { messages: { reactions: 'one' } })
    committed.length = 0
    expect((await chat.addReaction(ben, { messageId, emoji: '❤️' })).reactions).toEqual([
      { emoji: '👍', userIds: ['ana'] },
      { emoji: '❤️', userIds: ['ben'] },
    ])
    expect(committed.flatMap(({ changes }) => changes)).toHaveLength(1)
    await admin.setPolicy(backendOf(ana), { messages: { reactions: 'none' } })
    expect(await codeOf(chat.addReaction(ben, { messageId, emoji: '👍' }))).toBe('forbidden')
    expect((await chat.removeReaction(ben, { messageId, emoji: '❤️' })).reactions).toEqual([
      { emoji: '👍', userIds: ['ana'] },
    ])
  })

  test('are listed with who they are of and when, page by page, all or those with one emoji', async () => {
    const { chat, ana, ben, chloe, eve, messageId } = await scene()
    await chat.getMe({ ...ben, name: 'Ben' }, {})
    await chat.addReaction(ben, { messageId, emoji: '🎉' })
    await chat.addReaction(chloe, { messageId, emoji: '👍' })
    await chat.addReaction(ben, { messageId, emoji: '👍' })
    const first = await chat.listReactions(ana, { messageId, limit: 2 })
    expect(first).toMatchObject({
      data: [
        { emoji: '🎉', user: { userId: 'ben', name: 'Ben', avatarUrl: null }, at: expect.any(String) },
        { emoji: '👍', user: { userId: 'chloe', name: null } },
      ],
      hasMore: true,
    })
    expect(await chat.listReactions(ana, { messageId, limit: 2, cursor: first.nextCursor! })).toMatchObject({
      data: [{ emoji: '👍', user: { userId: 'ben' } }],
      hasMore: false,
      nextCursor: null,
    })
    const thumbs = await chat.listReactions(ana, { messageId, emoji: '👍' })
    expect(thumbs.data.map(({ user }) => user.userId)).toEqual(['chloe', 'ben'])
    expect(await codeOf(chat.listReactions(eve, { messageId }))).toBe('not_found')
    expect(await codeOf(chat.listReactions(ana, { messageId, emoji: 'ok' }))).toBe('invalid_input')
    expect(await codeOf(chat.listReactions(ana, { messageId, cursor: 'WzFd' }))).toBe('invalid_input')
  })

  test('are for who sees the message, and not for who is blocked', async () => {
    const { chat, eve, ana, ben, messageId } = await scene()
    expect(await codeOf(chat.addReaction(eve, { messageId, emoji: '👍' }))).toBe('not_found')
    const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'just us' })
    await chat.addReaction(ben, { messageId: message.id, emoji: '👍' })
    await chat.blockUser(ana, { userId: 'ben' })
    expect(await codeOf(chat.addReaction(ben, { messageId: message.id, emoji: '🎉' }))).toBe('blocked')
    expect((await chat.removeReaction(ben, { messageId: message.id, emoji: '👍' })).reactions).toEqual([])
  })

  test('are emojis, with or without the sign that asks for a picture, and not endlessly many', async () => {
    const { chat, ana, ben, messageId } = await scene()
    for (const emoji of ['ok', '1', '👍👍', ' 👍', '\u200d'])
      expect([emoji, await codeOf(chat.addReaction(ana, { messageId, emoji }))]).toEqual([emoji, 'invalid_input'])
    await chat.addReaction(ana, { messageId, emoji: '❤' })
    expect((await chat.addReaction(ben, { messageId, emoji: '❤\ufe0f' })).reactions).toEqual([
      { emoji: '❤\ufe0f', userIds: ['ana', 'ben'] },
    ])
    for (const emoji of ['🇩🇪', '👨‍👩‍👧', '1️⃣', ...'🍏🍐🍊🍋🍌🍉🍇🍓🫐🍈🍒🍑🥭🍍🥥🥝'])
      expect([emoji, await codeOf(chat.addReaction(ana, { messageId, emoji }))]).toEqual([emoji, 'ok'])
    expect(await codeOf(chat.addReaction(ana, { messageId, emoji: '🍅' }))).toBe('invalid_input')
    // one of those that are there is no more of them
    expect(await codeOf(chat.addReaction(ben, { messageId, emoji: '🍏' }))).toBe('ok')
  })

  test('are never more than the bus carries, however many react and however long their ids are', async () => {
    const { people, group, chat } = current()
    const names = Array.from({ length: 10 }, (_, i) => `${i}${'語'.repeat(127)}`)
    const { tenantId: _, ...those } = people(...names)
    const [ana, ...others] = Object.values(those)
    const { message } = await chat.sendMessage(ana!, { conversationId: await group(ana!, ...others), content: 'x' })
    const outcomes = new Set<string>()
    for (const actor of [ana!, ...others])
      for (const emoji of '🍏🍐🍊🍋🍌🍉🍇🍓🫐🍈🍒🍑🥭🍍🥥🥝🍅🍆🥑🥦')
        outcomes.add(await codeOf(chat.addReaction(actor, { messageId: message.id, emoji })))
    expect([...outcomes]).toEqual(['ok', 'invalid_input'])
    const { reactions } = await chat.getMessage(ana!, { messageId: message.id })
    expect(Buffer.byteLength(JSON.stringify(reactions))).toBeLessThanOrEqual(64 * 1024)
    // and what is there can be taken back
    expect(await codeOf(chat.removeReaction(ana!, { messageId: message.id, emoji: '🍏' }))).toBe('ok')
  })
})
