import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

/** What is said, and only here: in no id, name or key. */
const WORDS = ['Zinnober', 'Karmesin', 'Ultramarin']

describeUseCases('the words of a deleted message', (current) => {
  /** Where in the database the words are. */
  const placesOf = async (word: string): Promise<string[]> => {
    const { asOwner } = current()
    const tables = await asOwner<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    )
    expect(tables.length).toBeGreaterThan(20)
    const found = []
    for (const { name } of tables) {
      // a row as text is all of its columns; what is kept as words for finding is in small letters
      const rows = await asOwner(`SELECT 1 FROM "${name}" t WHERE t::text ILIKE '%${word}%' LIMIT 1`)
      if (rows.length > 0) found.push(name)
    }
    return found.sort()
  }

  test('are in no table and in no answer, but for what was reported', async () => {
    const { people, group, chat, admin, committed } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const mod = { ...backendOf(ana), userId: 'mod', role: 'admin' as const }
    const conversationId = await group(ana, ben, joe)
    const say = async (by: typeof ana, content: string, more: object = {}) =>
      (await chat.sendMessage(by, { conversationId, content, ...more })).message
    const [one, two, three] = WORDS as [string, string, string]
    const before = (await chat.getConversation(joe, { conversationId })).cursor
    const message = await say(ana, `${one} for @[ben]`)
    const messageId = message.id
    const after = (await chat.getConversation(joe, { conversationId })).cursor
    await chat.editMessage(ana, { messageId, content: two })
    await chat.editMessage(ana, { messageId, content: three })
    await chat.addReaction(ben, { messageId, emoji: '👍' })
    await chat.pinMessage(ben, { messageId })
    const reply = await say(ben, 'an answer', { replyTo: messageId })
    await chat.deleteMessage(joe, { messageId, for: 'me' })
    // they are found where they are
    expect(await placesOf(three)).toContain('messages')
    expect(await placesOf(one)).toContain('message_edits')

    await chat.deleteMessage(ana, { messageId })
    for (const word of WORDS) expect([word, await placesOf(word)]).toEqual([word, []])

    const answers: unknown[] = [await admin.inspectMessages(mod, { conversationId })]
    for (const reader of [ana, ben, joe])
      answers.push(
        await chat.listMessages(reader, { conversationId }),
        await chat.listMessages(reader, { conversationId, around: message.seq }),
        await chat.listConversations(reader, {}),
        await chat.listPins(reader, { conversationId }),
        await chat.getMessage(reader, { messageId: reply.id }),
      )
    for (const reader of [ana, ben, joe])
      for (const cursor of [before, after, null])
        answers.push(await chat.sync(reader, { cursors: [{ conversationId, cursor }] }))
    for (const reader of [ana, ben])
      answers.push(await chat.getMessage(reader, { messageId }), await chat.listReactions(reader, { messageId }))
    for (const reader of [ana, mod]) answers.push(await chat.getMessageHistory(reader, { messageId }))
    const said = JSON.stringify(answers)
    expect(WORDS.filter((word) => said.includes(word))).toEqual([])
    // nor in what is told of whatever comes afterwards
    committed.length = 0
    await chat.addReaction(ana, { messageId: reply.id, emoji: '👍' })
    expect(WORDS.filter((word) => JSON.stringify(committed).includes(word))).toEqual([])
  })

  test('stay in the snapshot of who reported them before', async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const { message } = await chat.sendMessage(ana, { conversationId, content: 'Chromoxid' })
    await chat.report(ben, { messageId: message.id, reason: 'abuse' })
    await chat.deleteMessage(ana, { messageId: message.id })
    expect(await placesOf('Chromoxid')).toEqual(['reports'])
  })
})
