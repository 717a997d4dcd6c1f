import type { Actor, Conversation, OwnState } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { aMoment } from '../../../test/test-world.ts'

describeUseCases('what a conversation is to one of its people alone', (current) => {
  /** Ana and ben with two messages, and what ana sees of it in each way. */
  const scene = async () => {
    const world = current()
    const { people, group, chat, committed } = world
    const { ana, ben } = people('ana', 'ben')
    await world.withoutNotices(ana)
    const conversationId = await group(ana, ben)
    const say = async (content: string, by: Actor = ben) => {
      await aMoment()
      return chat.sendMessage(by, { conversationId, content })
    }
    await say('one')
    await say('two')
    const listed = async (more = {}, by: Actor = ana) =>
      (await chat.listConversations(by, more)).data.map(({ id }) => id)
    const seen = (by: Actor = ana) => chat.getConversation(by, { conversationId })
    const told = () =>
      committed
        .flatMap(({ personal }) => personal)
        .filter(({ head }) => head.conversationId === conversationId)
        .map(({ live }) => [live.audience.userIds, (live.data as Conversation).me])
    return { ...world, ana, ben, conversationId, say, listed, seen, told }
  }

  test('is told to their sockets alone, found by sync, and moves nothing that others see', async () => {
    const { ana, ben, conversationId, chat, told, seen, committed } = await scene()
    const before = await seen(ben)
    const { cursor } = await seen()
    const { at: since } = await chat.sync(ana, { cursors: [] })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const steps: [string, () => Promise<{ cursor: string; me: OwnState }>, Partial<OwnState>][] = [
      ['mute', () => chat.muteConversation(ana, { conversationId, until }), { mutedUntil: until }],
      ['pin', () => chat.pinConversation(ana, { conversationId }), { pinnedAt: expect.any(String) }],
      [
        'archive, which takes the pin off',
        () => chat.archiveConversation(ana, { conversationId }),
        { archivedAt: expect.any(String), staysArchived: false, pinnedAt: null, mutedUntil: until },
      ],
      ['draft', () => chat.putDraft(ana, { conversationId, content: 'hel' }), { draft: expect.any(Object) }],
      [
        'pin, out of the archive',
        () => chat.pinConversation(ana, { conversationId }),
        { archivedAt: null, pinnedAt: expect.any(String) },
      ],
      ['unpin', () => chat.unpinConversation(ana, { conversationId }), { pinnedAt: null }],
      ['unmute', () => chat.unmuteConversation(ana, { conversationId }), { mutedUntil: null }],
      ['archive', () => chat.archiveConversation(ana, { conversationId }), { archivedAt: expect.any(String) }],
      ['unarchive', () => chat.unarchiveConversation(ana, { conversationId }), { archivedAt: null }],
      ['no draft', () => chat.deleteDraft(ana, { conversationId }), { draft: null }],
    ]
    committed.length = 0
    let held = cursor
    for (const [count, [name, step, expected]] of steps.entries()) {
      const answer = await step()
      expect([name, answer.me]).toMatchObject([name, expected])
      // again: nothing changes, and nobody is told
      expect([name, await step()]).toEqual([name, answer])
      expect([name, told().length, told().at(-1)]).toEqual([name, count + 1, [['ana'], answer.me]])
      expect([name, (await seen()).me]).toEqual([name, answer.me])
      const { conversations } = await chat.sync(ana, { cursors: [{ conversationId, cursor: held }] })
      expect([name, conversations]).toMatchObject([name, [{ conversation: { me: answer.me, cursor: answer.cursor } }]])
      held = answer.cursor
    }
    expect(committed.flatMap(({ changes }) => changes)).toEqual([])
    expect(await seen(ben)).toEqual(before)
    expect((await chat.sync(ana, { cursors: [{ conversationId, cursor: held }] })).conversations).toEqual([])
    // a device that names it no more, because it holds too many, hears of it by the time
    const { conversations } = await chat.sync(ana, {
      cursors: [],
      since: new Date(Date.parse(since) + 10_000).toISOString(),
    })
    expect(conversations.map(({ conversation }) => conversation.id)).toEqual([conversationId])
  })

  test('an archived one comes back with something new, unless the rules say no; a line about it is nothing new', async () => {
    const { ana, conversationId, chat, say, listed, seen, told, admin } = await scene()
    await chat.archiveConversation(ana, { conversationId })
    expect([await listed(), await listed({ archived: true })]).toEqual([[], [conversationId]])
    await admin.setPolicy(backendOf(ana), { groups: { notices: true } })
    await aMoment()
    await chat.updateConversation(ana, { conversationId, title: 'Another' })
    expect((await seen()).lastMessage).toMatchObject({ type: 'system' })
    expect([await listed(), await listed({ archived: true })]).toEqual([[], [conversationId]])
    await say('three')
    expect([await listed(), await listed({ archived: true })]).toEqual([[conversationId], []])
    const { me: back, lastSeq: seq } = await seen()
    expect(back).toMatchObject({ archivedAt: null, staysArchived: false })
    // what is told of something else says the same
    await chat.markRead(ana, { conversationId, seq })
    expect(told().at(-1)).toEqual([['ana'], { ...back, lastReadSeq: seq }])

    await admin.setPolicy(backendOf(ana), { conversations: { unarchiveOnMessage: false } })
    const { me } = await chat.archiveConversation(ana, { conversationId })
    expect(me.staysArchived).toBe(true)
    await say('four')
    expect([await listed(), await listed({ archived: true })]).toEqual([[], [conversationId]])
    await chat.unarchiveConversation(ana, { conversationId })
    expect([await listed(), await listed({ archived: true })]).toEqual([[conversationId], []])
  })

  test('a deleted one is gone with its history, for them alone, and comes back with what is new in it', async () => {
    const { ana, ben, conversationId, chat, say, listed, seen } = await scene()
    const { message } = await say('three')
    const { cursor } = await seen()
    await chat.pinConversation(ana, { conversationId })
    await chat.putDraft(ana, { conversationId, content: 'hel' })
    const { me } = await chat.deleteConversation(ana, { conversationId })
    expect(me).toMatchObject({ clearedBeforeSeq: 3, clearedAt: expect.any(String), pinnedAt: null, draft: null })
    expect([await listed(), await listed({ archived: true }), await listed({}, ben)]).toEqual([
      [],
      [],
      [conversationId],
    ])
    expect((await chat.listDrafts(ana, {})).data).toEqual([])
    expect(await seen()).toMatchObject({ unreadCount: 0, lastMessage: null })
    expect((await chat.listMessages(ana, { conversationId })).data).toEqual([])
    await expect(chat.getMessage(ana, { messageId: message.id })).rejects.toMatchObject({ code: 'not_found' })
    expect((await chat.listMessages(ben, { conversationId })).data).toHaveLength(3)
    // a device that did not know of it yet
    await chat.pinConversation(ana, { conversationId })
    expect((await chat.deleteConversation(ana, { conversationId })).me).toMatchObject({ pinnedAt: null })
    await say('four')
    expect(await listed()).toEqual([conversationId])
    expect(await seen()).toMatchObject({ unreadCount: 1, lastMessage: { content: 'four' }, me: { clearedAt: null } })
    const { conversations } = await chat.sync(ana, { cursors: [{ conversationId, cursor }] })
    expect(conversations).toMatchObject([
      { messages: [{ seq: 4 }], reset: false, conversation: { me: { clearedBeforeSeq: 3 } } },
    ])
  })

  test('is as ready for who is let in again as for who is new', async () => {
    const { ana, ben, conversationId, chat, listed } = await scene()
    await chat.deleteConversation(ben, { conversationId })
    await chat.removeParticipant(ana, { conversationId, userId: 'ben' })
    await expect(chat.archiveConversation(ben, { conversationId })).rejects.toMatchObject({ code: 'not_found' })
    await expect(chat.putDraft(ben, { conversationId, content: 'x' })).rejects.toMatchObject({ code: 'not_found' })
    await chat.addParticipant(ana, { conversationId, userId: 'ben' })
    expect(await listed({}, ben)).toEqual([conversationId])
  })

  test('mutes until a time to come, or for ever; what has passed is none', async () => {
    const { ana, conversationId, chat, asOwner, seen } = await scene()
    for (const until of ['2020-01-01T00:00:00Z', new Date(0).toISOString()])
      await expect(chat.muteConversation(ana, { conversationId, until })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ pointer: '/until' }],
      })
    const { me } = await chat.muteConversation(ana, { conversationId, until: null })
    expect(me.mutedUntil).toMatch(/^9999/)
    await asOwner(`UPDATE participants SET muted_until = now() - interval '1 s' WHERE conversation_id = $1`, [
      conversationId,
    ])
    expect((await seen()).me.mutedUntil).toBeNull()
  })

  test('no more are pinned than the rules say', async () => {
    const { ana, ben, group, chat, admin, listed } = await scene()
    await admin.setPolicy(backendOf(ana), { conversations: { maxPinned: 2 } })
    const ids = [await group(ana, ben), await group(ana, ben), await group(ana, ben)] as const
    const pin = (conversationId: string) => chat.pinConversation(ana, { conversationId })
    await pin(ids[0])
    await pin(ids[1])
    await pin(ids[1])
    await expect(pin(ids[2])).rejects.toMatchObject({ code: 'invalid_input', errors: [{ code: 'maxPinned' }] })
    await chat.removeParticipant(ana, { conversationId: ids[0], userId: 'ana' })
    await pin(ids[2])
    expect((await listed()).slice(0, 2)).toEqual([ids[2], ids[1]])
  })

  test('a draft is the last word of any device, answers only what is there, and is listed with the others', async () => {
    const { ana, ben, conversationId, chat, say, group } = await scene()
    const { message } = await say('three')
    const other = await group(ana, ben)
    const hidden = (await chat.sendMessage(ben, { conversationId: other, content: 'elsewhere' })).message
    const draft = (content: string, replyTo?: string | null) =>
      chat.putDraft(ana, { conversationId, content, ...(replyTo !== undefined && { replyTo }) })
    await draft('hel')
    await aMoment()
    expect((await draft('', message.id)).me.draft).toMatchObject({ content: '', replyTo: message.id })
    for (const [content, replyTo, pointer] of [
      ['', null, '/content'],
      [' \n', message.id, '/content'],
      ['a\u0085b\u009b', null, '/content'],
      ['x', hidden.id, '/replyTo'],
    ] as const)
      await expect(draft(content, replyTo)).rejects.toMatchObject({ code: 'invalid_input', errors: [{ pointer }] })
    await aMoment()
    await chat.putDraft(ana, { conversationId: other, content: 'e\u0301' })
    const first = await chat.listDrafts(ana, { limit: 1 })
    const second = await chat.listDrafts(ana, { limit: 1, cursor: first.nextCursor! })
    expect([...first.data, ...second.data]).toMatchObject([
      { conversation: { id: other, title: 'A group' }, draft: { content: '\u00e9', replyTo: null } },
      { conversation: { id: conversationId }, draft: { content: '', replyTo: message.id } },
    ])
    expect(second.hasMore).toBe(false)
    expect((await chat.listDrafts(ben, {})).data).toEqual([])
    expect((await chat.getConversation(ben, { conversationId })).me.draft).toBeNull()
  })
})
