import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('deleting for everyone', (current) => {
  test('is taken out of the event stream once what was on its way as it was deleted has come there', async () => {
    const { people, group, send, chat, store, asOwner, runJobs } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const { message } = await send(await group(ana, ben), ana, 'to be deleted')
    await chat.deleteMessage(ana, { messageId: message.id })
    const due = () =>
      store.snapshot(tenantId, async ({ erasures }) =>
        (await erasures.list(10, { settledMs: 20_000 })).map((one) => one.messageId),
      )
    const left = () => store.snapshot(tenantId, ({ erasures }) => erasures.list(10))
    expect(await due()).toEqual([])
    // the job of somebody's earlier deletion comes by meanwhile
    await asOwner(`UPDATE jobs SET run_at = clock_timestamp() WHERE kind = 'erase_events'`)
    await runJobs()
    expect((await left()).map(({ messageId }) => messageId)).toEqual([message.id])
    await asOwner(`UPDATE messages SET deleted_at = deleted_at - interval '1 minute' WHERE id = $1`, [message.id])
    expect(await due()).toEqual([message.id])
    await asOwner(`UPDATE jobs SET run_at = clock_timestamp() WHERE kind = 'erase_events'`)
    await runJobs()
    expect(await left()).toEqual([])
  })

  test('where something is deleted all the time, what was deleted before is taken out and done with', async () => {
    const { people, group, send, chat, store, asOwner, runJobs } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const passes = async (seconds: number) => {
      await asOwner(
        `UPDATE messages SET deleted_at = deleted_at - $2 * interval '1 s' WHERE conversation_id = $1 AND deleted_at IS NOT NULL`,
        [conversationId, seconds],
      )
      // its key is the moment, which is another one from now on
      await asOwner(
        `UPDATE jobs SET key = gen_random_uuid()::text, due_at = due_at - $2 * interval '1 s', run_at = run_at - $2 * interval '1 s'
         WHERE tenant_id = $1`,
        [tenantId, seconds],
      )
      await runJobs()
    }
    const jobs = async () => (await asOwner('SELECT key FROM jobs WHERE tenant_id = $1', [tenantId])).length
    const left = () => store.snapshot(tenantId, async ({ erasures }) => (await erasures.list(50)).length)
    for (const n of upTo(20)) {
      const { message } = await send(conversationId, ana, `m${n}`)
      await chat.deleteMessage(ana, { messageId: message.id })
      await passes(5)
    }
    expect(await jobs()).toBeLessThanOrEqual(8)
    expect(await left()).toBeLessThanOrEqual(8)
    await passes(30)
    expect([await jobs(), await left()]).toEqual([0, 0])
  })

  test('who deletes in the moment of another takes hold of nothing that is that one’s', async () => {
    const { people, store, asOwner } = current()
    const { tenantId } = people()
    const schedule = (dueAt: string) =>
      store.transaction(tenantId, (uow) =>
        uow.jobs.scheduleOnce({ kind: 'erase_events', key: 'moment', dueAt, payload: {} }),
      )
    const row = () => asOwner('SELECT ctid, xmax, due_at FROM jobs WHERE tenant_id = $1', [tenantId])
    await schedule('2100-01-01T00:00:00.000Z')
    const before = await row()
    await schedule('2100-01-02T00:00:00.000Z')
    expect(await row()).toEqual(before)
    await store.transaction(tenantId, (uow) => uow.jobs.cancel('erase_events', 'moment'))
  })
})

describeUseCases('deleting for oneself', (current) => {
  /** Ben has said three things in a group with Ana. */
  const scene = async () => {
    const world = current()
    const people = world.people('ana', 'ben', 'eve')
    const { ana, ben } = people
    await world.withoutNotices(ana)
    const conversationId = await world.group(ana, ben)
    const ids: string[] = []
    for (const n of upTo(3))
      ids.push((await world.chat.sendMessage(ben, { conversationId, content: `m${n}` })).message.id)
    world.committed.length = 0
    const viewOf = async (viewer: typeof ana) => {
      const { lastMessage, unreadCount, cursor } = await world.chat.getConversation(viewer, { conversationId })
      const { data } = await world.chat.listMessages(viewer, { conversationId })
      return { page: data.map(({ content }) => content), last: lastMessage?.content, unread: unreadCount, cursor }
    }
    const hide = (...messageIds: string[]) => world.chat.deleteMessages(ana, { messageIds, for: 'me' })
    return { ...world, ...people, conversationId, ids, viewOf, hide }
  }

  test('takes a message out of whatever they read, and leaves it to the others', async () => {
    const { chat, ana, ben, eve, ids, viewOf } = await scene()
    const messageId = ids[2]!
    const before = await viewOf(ben)
    const message = await chat.getMessage(ben, { messageId })
    expect(await chat.deleteMessage(ana, { messageId, for: 'me' })).toEqual(message)
    expect(await viewOf(ana)).toMatchObject({ page: ['m1', 'm2'], last: 'm2', unread: 2 })
    for (const call of [chat.getMessage, chat.listReactions, chat.getMessageHistory])
      expect(await codeOf(call(ana, { messageId }))).toBe('not_found')
    expect(await codeOf(chat.addReaction(ana, { messageId, emoji: '👍' }))).toBe('not_found')
    expect(await viewOf(ben)).toEqual(before)
    // again changes nothing; whoever is not in there learns nothing
    const { cursor } = await viewOf(ana)
    expect(await chat.deleteMessage(ana, { messageId, for: 'me' })).toEqual(message)
    expect((await viewOf(ana)).cursor).toBe(cursor)
    expect(await codeOf(chat.deleteMessage(eve, { messageId, for: 'me' }))).toBe('not_found')
  })

  test('leaves an own message to be deleted for everyone, and nobody else’s', async () => {
    const { chat, committed, ana, ben, eve, conversationId, ids, hide, viewOf } = await scene()
    const own = (await chat.sendMessage(ana, { conversationId, content: 'of ana' })).message.id
    await hide(own, ids[0]!)
    committed.length = 0
    expect(await chat.deleteMessage(ana, { messageId: own })).toMatchObject({
      id: own,
      content: '',
      deletedAt: expect.any(String),
    })
    // it is hidden from her as before
    expect(committed.flatMap(({ changes }) => changes.flatMap(({ live }) => live))).toMatchObject([
      { event: 'message_updated', audience: { userIds: ['ben'] } },
    ])
    expect((await viewOf(ben)).page).toEqual(['m1', 'm2', 'm3', ''])
    expect((await viewOf(ana)).page).toEqual(['m2', 'm3'])
    const { data } = await chat.deleteMessages(ana, { messageIds: [own, ids[0]!, ids[1]!] })
    expect(data.map(({ error }) => error?.code)).toEqual([undefined, 'not_found', 'forbidden'])
    expect(await codeOf(chat.deleteMessage(eve, { messageId: own }))).toBe('not_found')
  })

  test('is for any message of any conversation: ended ones, tombstones and lines of the system', async () => {
    const { chat, admin, ana, ben, conversationId, ids, viewOf, hide } = await scene()
    await chat.deleteMessage(ben, { messageId: ids[0]! })
    await admin.setConversationStatus(backendOf(ana), { conversationId, status: 'closed' })
    const { data } = await chat.listMessages(ana, { conversationId })
    await hide(...data.map(({ id }) => id))
    expect(await viewOf(ana)).toMatchObject({ page: [], unread: 0 })
  })

  test('is heard by all devices of theirs and by nobody else, and moves nothing that others see', async () => {
    const { chat, committed, ana, ben, conversationId, ids, hide } = await scene()
    const { rev, lastSeq } = await chat.getConversation(ben, { conversationId })
    await hide(ids[0]!, ids[1]!)
    const personal = committed.flatMap((batch) => batch.personal)
    expect(committed.flatMap(({ changes }) => changes)).toEqual([])
    expect(personal.map(({ live }) => [live.event, live.audience.userIds, live.span])).toEqual([
      ['message_hidden', ['ana'], 0],
      ['message_hidden', ['ana'], 0],
      ['conversation_state', ['ana'], 0],
    ])
    const { cursor, unreadCount } = await chat.getConversation(ana, { conversationId })
    expect(personal.map(({ live }) => live.data)).toMatchObject([
      { conversationId, messageId: ids[0], seq: 1 },
      { conversationId, messageId: ids[1], seq: 2 },
      { conversationId, cursor, unreadCount },
    ])
    expect(await chat.getConversation(ben, { conversationId })).toMatchObject({ rev, lastSeq })
  })

  test('is found by a device that was away, and what others do to it afterwards is not told', async () => {
    const { chat, committed, ana, ben, conversationId, ids, hide } = await scene()
    const cursor = (await chat.getConversation(ana, { conversationId })).cursor
    await hide(ids[0]!)
    const later = (await chat.getConversation(ana, { conversationId })).cursor
    await hide(ids[2]!)
    committed.length = 0
    await chat.editMessage(ben, { messageId: ids[0]!, content: 'other words' })
    expect(committed.flatMap(({ changes }) => changes.flatMap(({ live }) => live))).toMatchObject([
      { event: 'message_updated', audience: { userIds: ['ben'] } },
    ])
    const syncFrom = async (from: string) =>
      (await chat.sync(ana, { cursors: [{ conversationId, cursor: from }] })).conversations
    const [one, three] = [
      { messageId: ids[0], seq: 1 },
      { messageId: ids[2], seq: 3 },
    ]
    expect(await syncFrom(cursor)).toMatchObject([{ reset: false, messages: [], changed: [], hidden: [one, three] }])
    const [changes] = await syncFrom(later)
    expect(changes).toMatchObject({ changed: [], hidden: [three] })
    expect(await syncFrom(changes!.conversation.cursor)).toEqual([])
    expect((await chat.sync(ben, { cursors: [{ conversationId, cursor }] })).conversations).toMatchObject([
      { hidden: [] },
    ])
  })

  test('of very many at once is a new page to the devices that were away', async () => {
    const { chat, host, ana, conversationId, hide } = await scene()
    const createdAt = new Date().toISOString()
    const ids: string[] = []
    for (const part of upTo(6)) {
      const messages = upTo(90).map((n) => ({
        senderId: 'ben',
        content: `${part}-${n}`,
        createdAt,
        clientId: `${part}-${n}`,
      }))
      const { data } = await host.importMessages(backendOf(ana), { conversationId, messages })
      ids.push(...data.map(({ message }) => message.id))
    }
    const { cursor } = await chat.getConversation(ana, { conversationId })
    for (const part of upTo(6)) await hide(...ids.slice((part - 1) * 90, part * 90))
    const { conversations } = await chat.sync(ana, { cursors: [{ conversationId, cursor }] })
    expect(conversations).toMatchObject([{ reset: true, hidden: [], messages: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] }])
  })
})

describeUseCases('deleting many messages', (current) => {
  test('has an outcome for each, in their order, whatever becomes of the others', async () => {
    const { people, group, chat, committed } = current()
    const { ana, ben } = people('ana', 'ben')
    const [one, two] = [await group(ana, ben), await group(ana, ben)]
    const say = async (by: typeof ana, conversationId: string, content: string) =>
      (await chat.sendMessage(by, { conversationId, content })).message
    const mine = [await say(ana, one, 'a'), await say(ana, two, 'b'), await say(ana, one, 'c')]
    const theirs = await say(ben, one, 'd')
    const nobodys = '01900000-0000-7000-8000-000000000000'
    const { rev } = await chat.getConversation(ana, { conversationId: one })
    committed.length = 0
    const ids = [...mine.map(({ id }) => id), theirs.id, nobodys, mine[0]!.id]
    const { data } = await chat.deleteMessages(ana, { messageIds: ids })
    expect(data.map(({ messageId, error }) => [messageId, error?.code])).toEqual([
      ...mine.map(({ id }) => [id, undefined]),
      [theirs.id, 'forbidden'],
      [nobodys, 'not_found'],
      [mine[0]!.id, undefined],
    ])
    expect(data.map(({ message }) => message?.content)).toEqual(['', '', '', undefined, undefined, ''])
    // each is a revision and an event of its own
    const changes = committed.flatMap((batch) => batch.changes)
    const inOne = changes.filter(({ conversationId }) => conversationId === one)
    expect(changes.map(({ type }) => type)).toEqual(Array(3).fill('message.deleted'))
    expect(inOne.map(({ seq, head }) => [seq, head.rev])).toEqual([
      [mine[0]!.seq, rev + 1],
      [mine[2]!.seq, rev + 2],
    ])
    committed.length = 0
    await chat.deleteMessages(ana, { messageIds: ids })
    expect(committed).toEqual([])
    const page = (await chat.listMessages(ben, { conversationId: one })).data
    expect(page.filter(({ deletedAt }) => deletedAt !== null).map(({ id }) => id)).toEqual([mine[0]!.id, mine[2]!.id])
  })
})
