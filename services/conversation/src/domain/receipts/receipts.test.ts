import type { Actor, Message, SharedConversation } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf, patiently } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('receipts', (current) => {
  /** Ana has written three messages to Ben and Chloé. */
  const scene = async () => {
    const world = current()
    const people = world.people('ana', 'ben', 'chloe', 'eve')
    const { ana, ben, chloe } = people
    await world.withoutNotices(ana)
    const conversationId = await world.group(ana, ben, chloe)
    const sent: Message[] = []
    for (const n of upTo(3)) sent.push((await world.send(conversationId, ana, `m${n}`)).message)
    world.committed.length = 0
    const changes = () => world.committed.flatMap((batch) => batch.changes)
    const told = () =>
      world.committed.flatMap(({ changes, personal }) => [
        ...changes.flatMap(({ live }) => live),
        ...personal.map(({ live }) => live),
      ])
    const receiptsOf = (viewer: Actor, n: number) => world.chat.listReceipts(viewer, { messageId: sent[n - 1]!.id })
    const watermarks = async (viewer: Actor) => {
      const { participants } = await world.chat.getConversation(viewer, { conversationId })
      return Object.fromEntries(participants.map((p) => [p.userId, [p.lastDeliveredSeq, p.lastReadSeq]]))
    }
    return { ...world, ...people, conversationId, sent, changes, told, receiptsOf, watermarks }
  }

  test('a delivery moves forward only, is told and kept once, and reading says it too', async () => {
    const { chat, changes, ben, ana, eve, conversationId, watermarks, asOwner } = await scene()
    const deliver = (who: Actor, seq: number) => chat.markDelivered(who, { conversationId, seq })
    expect(await Promise.all([deliver(ben, 1), deliver(ben, 2)])).toEqual([
      { lastDeliveredSeq: 2 },
      { lastDeliveredSeq: 2 },
    ])
    expect(await deliver(ben, 1)).toEqual({ lastDeliveredSeq: 2 })
    expect(await watermarks(ana)).toMatchObject({ ben: [2, 0], chloe: [0, 0] })
    // at once with reading as far, it is no step of its own
    const [, delivered] = await Promise.all([chat.markRead(ben, { conversationId, seq: 3 }), deliver(ben, 3)])
    expect(delivered).toEqual({ lastDeliveredSeq: 3 })
    expect(await deliver(ben, 99)).toEqual({ lastDeliveredSeq: 3 })
    expect(await watermarks(ana)).toMatchObject({ ben: [3, 3] })
    expect(changes().map(({ type, seq, live }) => [type, seq, live.map(({ event }) => event)])).toEqual([
      ['messages.delivered', 2, ['messages_delivered']],
      ['messages.read', 3, ['messages_read']],
    ])
    const marks = await asOwner(
      'SELECT user_id, seq::int, from_seq::int FROM delivered_marks WHERE conversation_id = $1',
      [conversationId],
    )
    expect(marks).toEqual([{ user_id: 'ben', seq: 2, from_seq: 0 }])
    expect(await codeOf(deliver(eve, 1))).toBe('not_found')
  })

  test('of a message say exactly when each received and read it, whether by a mark or by writing', async () => {
    const { chat, send, changes, receiptsOf, ana, ben, chloe, eve, conversationId } = await scene()
    await chat.markDelivered(ben, { conversationId, seq: 2 })
    await chat.markRead(ben, { conversationId, seq: 1 })
    await chat.markRead(ben, { conversationId, seq: 3 })
    const [delivered, first, second] = changes().map(({ at }) => at)
    const answer = (await send(conversationId, chloe, 'I have seen them all')).message.createdAt
    const by = (userId: string, deliveredAt: string | null, readAt: string | null) => ({
      ...{ userId, name: null, avatarUrl: null },
      deliveredAt,
      readAt,
    })
    const whole = { nextCursor: null, hasMore: false, deliveredCount: 2, readCount: 2 }
    expect(await receiptsOf(ana, 1)).toEqual({
      data: [by('ben', delivered!, first!), by('chloe', answer, answer)],
      ...whole,
    })
    expect((await receiptsOf(chloe, 2)).data[0]).toEqual(by('ben', delivered!, second!))
    expect((await receiptsOf(ana, 3)).data[0]).toEqual(by('ben', second!, second!))
    // who marks later what they had read by writing has read it then
    await chat.markRead(chloe, { conversationId, seq: 99 })
    expect((await receiptsOf(ana, 3)).data[1]).toEqual(by('chloe', answer, answer))
    const { message } = await send(conversationId, ana, 'unheard')
    expect(await chat.listReceipts(ana, { messageId: message.id })).toMatchObject({
      data: [by('ben', null, null), by('chloe', null, null)],
      ...{ deliveredCount: 0, readCount: 0 },
    })
    expect(await codeOf(receiptsOf(eve, 1))).toBe('not_found')
    // what somebody does with their own history is nobody else's business
    const before = await receiptsOf(ana, 1)
    await chat.deleteConversation(ben, { conversationId })
    expect(await receiptsOf(ana, 1)).toEqual(before)
  })

  test('stay when a reader deletes the conversation for themself: nobody learns of that', async () => {
    const { chat, receiptsOf, ana, ben, conversationId } = await scene()
    await chat.markRead(ben, { conversationId, seq: 3 })
    const before = await receiptsOf(ana, 2)
    expect(before).toMatchObject({ readCount: 1, deliveredCount: 1 })
    await chat.deleteConversation(ben, { conversationId })
    expect(await receiptsOf(ana, 2)).toEqual(before)
  })

  test('come in pages, of those who may see the message', async () => {
    const { chat, admin, receiptsOf, ana, ben, conversationId, sent } = await scene()
    await admin.setPolicy(backendOf(ana), { groups: { notices: false, history: 'all' } })
    await chat.addParticipant(ana, { conversationId, userId: 'late' })
    await chat.removeParticipant(ana, { conversationId, userId: 'ben' })
    await chat.addParticipant(ana, { conversationId, userId: 'ben' })
    const messageId = sent[0]!.id
    const first = await chat.listReceipts(ana, { messageId, limit: 1 })
    expect([first.data.map(({ userId }) => userId), first.hasMore]).toEqual([['chloe'], true])
    const rest = await chat.listReceipts(ana, { messageId, limit: 1, cursor: first.nextCursor! })
    // who came later and sees it has it since they came
    expect(rest).toMatchObject({ data: [{ userId: 'late' }], hasMore: false, readCount: 1 })
    expect(rest.data[0]!.readAt).not.toBeNull()
    // who came back does not see it any more
    expect(await codeOf(receiptsOf(ben, 1))).toBe('not_found')
    expect(await codeOf(chat.listReceipts(ana, { messageId, cursor: 'nonsense' }))).toBe('invalid_input')
  })

  test('are counts alone in a large conversation, at most one a second, the last with what it has come to', async () => {
    const { people, group, send, chat, committed } = current()
    const names = upTo(51).map((n) => `u${String(n).padStart(2, '0')}`)
    const { tenantId: _, ...crowd } = people(...names)
    const [ana, ...others] = Object.values(crowd) as [Actor, ...Actor[]]
    const conversationId = await group(ana, ...others)
    const { message } = await send(conversationId, ana, 'to all')
    await chat.updateMe(others[0]!, { receipts: false })
    committed.length = 0
    const counted = () =>
      committed.flatMap(({ changes, personal }) =>
        [...changes.flatMap(({ live }) => live), ...personal.map(({ live }) => live)].flatMap(
          ({ event, data, audience, span }) =>
            event === 'messages_delivered' && audience.version !== null
              ? [{ span, ...(data as { userId: null; deliveredCount: number }) }]
              : [],
        ),
      )
    const deliver = (who: Actor) => patiently(() => chat.markDelivered(who, { conversationId, seq: message.seq }))
    await Promise.all(others.slice(0, 10).map(deliver))
    await Promise.all(others.slice(10, 30).map(deliver))
    // the sender has it; who hides theirs is not counted
    await expect.poll(counted, { timeout: 10_000 }).toHaveLength(2)
    expect(counted()).toMatchObject([
      { span: 10, userId: null, deliveredCount: 10 },
      { span: 0, userId: null, deliveredCount: 30 },
    ])
    expect(await chat.listReceipts(ana, { messageId: message.id })).toEqual({
      ...{ data: [], nextCursor: null, hasMore: false },
      ...{ deliveredCount: 29, readCount: 0 },
    })
  })

  test('several messages are read at once, with what stands before each; what one does not see is said', async () => {
    const { chat, group, send, ana, ben, eve, conversationId, sent } = await scene()
    const other = await group(ana, ben)
    const { message } = await send(other, ana, 'elsewhere')
    const secret = (await send(await group(ana, eve), ana, 'not for Ben')).message.id
    const messageIds = [sent[1]!.id, sent[0]!.id, secret, message.id]
    const { data, notFound } = await chat.markMessagesRead(ben, { messageIds })
    expect(new Map(data.map(({ conversationId: id, ...read }) => [id, read]))).toEqual(
      new Map([
        [conversationId, { lastReadSeq: 2, unreadCount: 1 }],
        [other, { lastReadSeq: message.seq, unreadCount: 0 }],
      ]),
    )
    expect(notFound).toEqual([secret])
  })
})

describeUseCases('a mark as unread', (current) => {
  const scene = async () => {
    const world = current()
    const { ana, ben, eve } = world.people('ana', 'ben', 'eve')
    const conversationId = await world.group(ana, ben)
    for (const n of upTo(4)) await world.send(conversationId, ana, `m${n}`)
    await world.send(conversationId, ben, 'read')
    world.committed.length = 0
    const held = () => world.chat.getConversation(ben, { conversationId })
    return { ...world, ana, ben, eve, conversationId, held }
  }

  test('counts from its message, is told to the own devices alone, and is found by one that was away', async () => {
    const { chat, committed, ben, ana, eve, conversationId, held } = await scene()
    const before = await held()
    expect(await chat.markUnread(ben, { conversationId, seq: 3 })).toEqual({ lastReadSeq: 5, unreadCount: 2 })
    expect(await chat.markUnread(ben, { conversationId, seq: 3 })).toEqual({ lastReadSeq: 5, unreadCount: 2 })
    const after = await held()
    expect(after).toMatchObject({ unreadCount: 2, rev: before.rev, me: { lastReadSeq: 5, unreadFrom: 3 } })
    expect(committed.flatMap(({ changes }) => changes)).toEqual([])
    expect(committed[0]!.personal).toMatchObject([
      {
        live: {
          event: 'conversation_state',
          data: { conversationId, cursor: after.cursor, unreadCount: 2, me: { unreadFrom: 3 } },
          audience: { version: null, userIds: ['ben'] },
        },
      },
    ])
    const synced = await chat.sync(ben, { cursors: [{ conversationId, cursor: before.cursor }] })
    expect(synced.conversations).toMatchObject([
      { conversation: { unreadCount: 2, me: { unreadFrom: 3 } }, messages: [] },
    ])
    expect((await chat.listConversations(ben, { unread: true })).data).toMatchObject([{ id: conversationId }])
    expect(await chat.getTotalUnreadCount(ben, {})).toEqual({ unreadCount: 2 })
    // others go on seeing how far Ben has read
    const { participants } = await chat.getConversation(ana, { conversationId })
    expect(participants.find(({ userId }) => userId === 'ben')).toMatchObject({ lastReadSeq: 5 })
    expect(await codeOf(chat.markUnread(eve, { conversationId }))).toBe('not_found')
  })

  test('without a message begins at the last one of somebody else', async () => {
    const { chat, ana, ben, conversationId, held, group } = await scene()
    expect(await chat.markUnread(ben, { conversationId })).toEqual({ lastReadSeq: 5, unreadCount: 1 })
    expect((await held()).me.unreadFrom).toBe(4)
    const empty = await group(ben, ana)
    expect(await chat.markUnread(ana, { conversationId: empty })).toMatchObject({ unreadCount: 0 })
    // nothing of what is unread anyway has to be marked
    expect(await chat.markUnread(ana, { conversationId, seq: 5 })).toEqual({ lastReadSeq: 4, unreadCount: 1 })
    expect((await chat.getConversation(ana, { conversationId })).me.unreadFrom).toBeNull()
  })

  test('goes when its messages are read again, which nobody else hears, or when one writes', async () => {
    const { chat, send, committed, ben, conversationId, held } = await scene()
    await chat.markUnread(ben, { conversationId, seq: 3 })
    const { cursor, rev } = await held()
    expect(await chat.markRead(ben, { conversationId, seq: 2 })).toEqual({ lastReadSeq: 5, unreadCount: 2 })
    committed.length = 0
    expect(await chat.markRead(ben, { conversationId, seq: 4 })).toEqual({ lastReadSeq: 5, unreadCount: 0 })
    expect(await held()).toMatchObject({ rev, me: { unreadFrom: null } })
    expect((await held()).cursor).not.toBe(cursor)
    expect(committed.flatMap(({ changes }) => changes)).toEqual([])
    expect(committed.flatMap(({ personal }) => personal)).toMatchObject([
      { live: { event: 'conversation_state', data: { unreadCount: 0, me: { unreadFrom: null } } } },
    ])
    await chat.markUnread(ben, { conversationId, seq: 1 })
    expect((await held()).unreadCount).toBe(4)
    await send(conversationId, ben, 'again')
    expect(await held()).toMatchObject({ unreadCount: 0, me: { unreadFrom: null } })
  })
})

describeUseCases('whoever keeps receipts to themself', (current) => {
  /** Ben hides his; Ana and Chloé do not. */
  const scene = async () => {
    const world = current()
    const { ana, ben, chloe, tenantId } = world.people('ana', 'ben', 'chloe')
    await world.withoutNotices(ana)
    const conversationId = await world.group(ana, ben, chloe)
    const { message } = await world.send(conversationId, ana, 'hello')
    const { cursor } = await world.chat.getConversation(ana, { conversationId })
    world.committed.length = 0
    const seen = (participants: { userId: string; lastReadSeq: number; lastDeliveredSeq: number }[]) =>
      Object.fromEntries(participants.map((p) => [p.userId, Math.max(p.lastReadSeq, p.lastDeliveredSeq)]))
    const audiences = () =>
      world.committed.flatMap(({ changes }) =>
        changes.flatMap(({ live }) => live.map(({ event, audience }) => [event, [...audience.userIds].sort()])),
      )
    return { ...world, ana, ben, chloe, tenantId, conversationId, message, cursor, seen, audiences }
  }

  test('tells nobody but their own devices what they have received and read, and is not told it of others', async () => {
    const { chat, audiences, ana, ben, chloe, conversationId } = await scene()
    expect(await chat.updateMe(ben, { receipts: false })).toMatchObject({ userId: 'ben', receipts: false })
    expect(await chat.getMe(ben, {})).toMatchObject({ receipts: false })
    await chat.markDelivered(ben, { conversationId, seq: 1 })
    await chat.markRead(ben, { conversationId, seq: 1 })
    await chat.markRead(chloe, { conversationId, seq: 1 })
    expect(audiences()).toEqual([
      ['messages_delivered', ['ben']],
      ['messages_read', ['ben']],
      ['messages_read', ['ana', 'chloe']],
    ])
    expect(await chat.updateMe(ben, { receipts: true })).toMatchObject({ receipts: true })
    expect(await chat.updateMe(ana, {})).toMatchObject({ receipts: true })
  })

  test('nor do conversations, lists, people, pages of sync and receipts say it', async () => {
    const { chat, seen, cursor, message, ana, ben, chloe, conversationId } = await scene()
    await chat.updateMe(ben, { receipts: false })
    for (const who of [ben, chloe]) await chat.markRead(who, { conversationId, seq: 1 })
    for (const [viewer, expected] of [
      [ana, { ana: 1, ben: 0, chloe: 1 }],
      [ben, { ana: 0, ben: 1, chloe: 0 }],
    ] as const) {
      const { participants } = await chat.getConversation(viewer, { conversationId })
      expect(seen(participants)).toEqual(expected)
      expect(seen((await chat.listConversations(viewer, {})).data[0]!.participants)).toEqual(expected)
      expect(seen((await chat.listParticipants(viewer, { conversationId })).data)).toEqual(expected)
      const [changes] = (await chat.sync(viewer, { cursors: [{ conversationId, cursor }] })).conversations
      expect(seen(changes!.conversation.participants)).toEqual(expected)
      expect(seen(changes!.participants)).toEqual({ ben: expected.ben, chloe: expected.chloe })
    }
    const { id: messageId } = message
    expect(await chat.listReceipts(ana, { messageId })).toMatchObject({
      data: [
        { userId: 'ben', deliveredAt: null, readAt: null },
        { userId: 'chloe', readAt: expect.any(String) },
      ],
      ...{ readCount: 1, deliveredCount: 1 },
    })
    expect(await chat.listReceipts(ben, { messageId })).toMatchObject({
      data: [],
      readCount: null,
      deliveredCount: null,
    })
  })

  test('nor what everybody hears of the conversation, or gateways of it', async () => {
    const { chat, edge, seen, committed, tenantId, ana, ben, chloe, conversationId } = await scene()
    await chat.updateMe(ben, { receipts: false })
    const { rev, lastSeq: seq } = await chat.getConversation(ana, { conversationId })
    for (const who of [ben, chloe]) await chat.markRead(who, { conversationId, seq: 1 })
    committed.length = 0
    await chat.updateConversation(ana, { conversationId, title: 'Another' })
    const [change] = committed.flatMap(({ changes }) => changes)
    expect(seen((change!.data as SharedConversation).participants)).toEqual({ ana: 0, ben: 0, chloe: 0 })
    const gateway = { ...backendOf(ana), tenantId }
    const { participants, audience, conversation } = await edge.catchUp(gateway, { conversationId, seq, rev })
    expect(seen(conversation.participants)).toEqual({ ana: 0, ben: 0, chloe: 0 })
    expect(participants).toMatchObject([
      { participant: { userId: 'ben', lastReadSeq: 0 }, lastReadSeq: 1, receiptsHidden: true },
      { participant: { userId: 'chloe', lastReadSeq: 0 }, lastReadSeq: 1, receiptsHidden: false },
    ])
    expect(audience.members.filter(({ receiptsHidden }) => receiptsHidden)).toMatchObject([{ userId: 'ben' }])
  })

  test('is everybody where the policy shows no receipts', async () => {
    const { chat, admin, audiences, seen, message, ana, ben, chloe, conversationId, edge } = await scene()
    await admin.setPolicy(backendOf(ana), { visibility: { receipts: false } })
    await chat.markRead(ben, { conversationId, seq: 1 })
    expect(audiences()).toEqual([['messages_read', ['ben']]])
    const { participants } = await chat.getConversation(ana, { conversationId })
    expect(seen(participants)).toEqual({ ana: 1, ben: 0, chloe: 0 })
    expect(await chat.listReceipts(ana, { messageId: message.id })).toMatchObject({ data: [], readCount: null })
    const missed = await edge.catchUp(backendOf(ana), { conversationId, seq: 1, rev: 1 })
    expect(missed.participants).toMatchObject([{ lastReadSeq: 1, receiptsHidden: true }])
    expect(seen(missed.conversation.participants)).toEqual({ ana: 0, ben: 0, chloe: 0 })
    await chat.markRead(chloe, { conversationId, seq: 1 })
  })
})
