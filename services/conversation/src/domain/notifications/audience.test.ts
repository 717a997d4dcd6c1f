import type { Actor, Audience, ReadNews, WrittenNews } from '@parley/contracts'
import { expect, test } from 'vitest'
import { attachment } from '../../../test/attachments.ts'
import { backendOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

type Asked = Parameters<Audience['recipientsOf']>[1]['conversations'][number] & { delayMs: number }
const HOUR = 3_600_000

describeUseCases('whom the notification worker has to tell', (current) => {
  const ask = async (one: Actor, conversationId: string, { delayMs = 0, ...more }: Partial<Asked> = {}) => {
    const conversations = [{ conversationId, after: null, told: [], ...more }]
    const { pages } = await current().audience.recipientsOf(backendOf(one), { conversations, delayMs, limit: 500 })
    return pages[0]!
  }
  /** What each recipient has to be told, by user id. */
  const seqsOf = async (...args: Parameters<typeof ask>) =>
    Object.fromEntries((await ask(...args)).recipients.map(({ userId, seqs }) => [userId, seqs]))
  const standing = async (one: Actor, conversationId: string, userId: string, fromSeq = 1, toSeq = 100) => {
    const items = [{ userId, conversationId, fromSeq, toSeq }]
    const { standings } = await current().audience.standingOf(backendOf(one), { items })
    return standings[0]!
  }
  const age = (seqs: number[], ms: number, conversationId: string) =>
    current().asOwner(
      `UPDATE messages SET created_at = created_at - $3 * interval '1 millisecond' WHERE conversation_id = $1 AND seq = ANY ($2)`,
      [conversationId, seqs, ms],
    )
  /** The group's first message is Parley's own line where people come and go: none here. */
  const scene = async () => {
    const { people, group, withoutNotices } = current()
    const { ana, ben, cleo, dan } = people('ana', 'ben', 'cleo', 'dan')
    await withoutNotices(ana)
    return { ana, ben, cleo, dan, id: await group(ana, ben, cleo) }
  }

  test('is whoever has not read a message of another, with what they were not told of yet', async () => {
    const { chat, send } = current()
    const { ana, ben, id } = await scene()
    expect(await seqsOf(ana, id)).toEqual({})
    await send(id, ana, 'one')
    await send(id, ben, 'two')
    const { message } = await send(id, ana, 'for @[cleo]', { extras: { mentions: ['cleo'] } })
    const answer = await ask(ana, id)
    expect(answer).toMatchObject({
      conversation: { id, kind: 'group', title: 'A group', context: null },
      agedSeq: 3,
      agesInMs: null,
      next: null,
      messages: [{ seq: 1 }, { seq: 2 }, { messageId: message.id, seq: 3, type: 'text', senderId: 'ana' }],
    })
    // whoever writes has read what stands before
    expect(answer.recipients).toMatchObject([
      {
        userId: 'ben',
        seqs: [3],
        mentions: [],
        unreadCount: 1,
        lastReadSeq: 2,
        toSeq: 3,
        observes: false,
        mutedUntil: null,
      },
      { userId: 'cleo', seqs: [1, 2, 3], mentions: [3], unreadCount: 3, lastReadSeq: 0 },
    ])
    expect(await seqsOf(ana, id, { told: [{ userId: 'cleo', seq: 2 }] })).toEqual({ ben: [3], cleo: [3] })
    await chat.markRead(ben, { conversationId: id, seq: 3 })
    expect(await seqsOf(ana, id, { told: [{ userId: 'cleo', seq: 3 }] })).toEqual({})
    // marked as unread again: they have seen it
    await chat.markUnread(ben, { conversationId: id, seq: 3 })
    expect(await seqsOf(ana, id)).toEqual({ cleo: [1, 2, 3] })
    expect(await ask(ben, '01900000-0000-7000-8000-000000000000')).toMatchObject({ conversation: null, recipients: [] })
  })

  test('is to be looked for where something is new: what was written, and who has read, each once and nothing twice', async () => {
    const { chat, send, audience, asOwner } = current()
    const { ana, ben, cleo, id } = await scene()
    const { ana: eve, ben: fay, tenantId } = current().people('ana', 'ben')
    const other = await current().group(eve, fay)
    const asked: string[] = []
    /** What is new of these two, to the end. */
    const news = async (position: string | null) => {
      const found: [WrittenNews[], ReadNews[]] = [[], []]
      for (let next = position; ; ) {
        const answer = await audience.newsAfter(backendOf(ana), { position: next })
        const ours = (one: { conversationId: string }) => [id, other].includes(one.conversationId)
        found[0].push(...answer.written.filter(ours))
        found[1].push(...answer.read.filter(ours))
        next = answer.position
        asked.push(next)
        if (!answer.more) break
      }
      return found
    }
    await news(null)
    const begin = asked.at(-1)!
    expect(await news(begin)).toEqual([[], []])
    const { message } = await send(id, ana, 'one')
    await send(id, ben, 'two')
    await send(other, eve, 'hi')
    await chat.markRead(cleo, { conversationId: id, seq: 1 })
    await chat.markRead(cleo, { conversationId: id, seq: 2 })
    await chat.markRead(fay, { conversationId: other, seq: 1 })
    const [written, read] = await news(begin)
    expect(written).toHaveLength(2)
    expect(written).toContainEqual({ tenantId: ana.tenantId, conversationId: id, at: expect.any(String) })
    expect(written).toContainEqual({ tenantId, conversationId: other, at: expect.any(String) })
    const first = written.find(({ conversationId }) => conversationId === id)!
    expect(Math.abs(Date.parse(first.at) - Date.parse(message.createdAt))).toBeLessThan(1_000)
    expect(read).toHaveLength(2)
    expect(read).toContainEqual({ tenantId: ana.tenantId, conversationId: id, userId: 'cleo', seq: 2 })
    expect(read).toContainEqual({ tenantId, conversationId: other, userId: 'ben', seq: 1 })
    // the same again to who asks again, and nothing to who goes on
    expect(await news(begin)).toEqual([written, read])
    expect(await news(asked.at(-1)!)).toEqual([[], []])
    // more than one answer holds is all found, in several
    await Promise.all(upTo(1_500).map((n) => send(id, n % 2 ? ana : ben, `${n}`)))
    const before = asked.length
    const [many] = await news(asked.at(-1)!)
    expect(asked.length - before).toBeGreaterThan(1)
    expect(many.length).toBe(asked.length - before)
    // of a log that never came so far
    const end = JSON.parse(asked.at(-1)!) as [number, number[], number[]]
    const [again] = await news(JSON.stringify([end[0] + 1_000_000, [], []]))
    expect(again.map(({ conversationId }) => conversationId)).toContain(other)
    await asOwner(`UPDATE events SET at = at - interval '2 hours'`)
    expect(await news(null)).toEqual([[], []])
    await send(id, ana, 'last')
    expect((await news(null))[0]).toMatchObject([{ conversationId: id }])
  })

  test('is asked about messages as old as the delay, and how long the next one takes', async () => {
    const { send } = current()
    const { ana, id } = await scene()
    for (const n of upTo(40)) await send(id, ana, `${n}`)
    await age(upTo(40), HOUR, id)
    for (const aged of [0, 1, 2, 3, 17, 36, 37]) {
      await age(upTo(aged), HOUR, id)
      const found = await ask(ana, id, { delayMs: 1.5 * HOUR, told: [{ userId: 'ben', seq: aged - 1 }] })
      expect([aged, found.agedSeq]).toEqual([aged, aged])
      expect(found.agesInMs).toBeGreaterThan(0.4 * HOUR)
      expect(found.agesInMs).toBeLessThan(0.6 * HOUR)
      if (aged > 0) expect(found.recipients.find(({ userId }) => userId === 'ben')!.seqs).toEqual([aged])
      await age(upTo(aged), -HOUR, id)
    }
    expect((await ask(ana, id, { delayMs: 3 * HOUR })).agedSeq).toBe(0)
    expect(await ask(ana, id, { delayMs: 0 })).toMatchObject({ agedSeq: 40, agesInMs: null })
  })

  test('of very many that mention somebody names the newest message too, as which a push of them counts', async () => {
    const { send } = current()
    const { ana, id } = await scene()
    for (const n of upTo(25)) await send(id, ana, `${n}`, { extras: { mentions: ['cleo'] } })
    await send(id, ana, 'and this')
    const { recipients } = await ask(ana, id)
    expect(recipients.find(({ userId }) => userId === 'cleo')).toMatchObject({
      seqs: [...upTo(19).map((n) => n + 6), 26],
      mentions: upTo(19).map((n) => n + 6),
      toSeq: 26,
    })
  })

  test('of many messages names the newest, and those first that mention them or wait for a decision, and says how far it looked', async () => {
    const { send } = current()
    const { ana, id } = await scene()
    for (const n of upTo(30)) await send(id, ana, `${n}`)
    await send(id, ana, 'a', { extras: { mentions: ['cleo'] } })
    await send(id, ana, '', { type: 'service_offer', extras: { payload: { title: 't', status: 'pending' } } })
    const { recipients } = await ask(ana, id)
    expect(recipients).toMatchObject([
      { userId: 'ben', seqs: upTo(20).map((n) => n + 12), mentions: [], toSeq: 32 },
      { userId: 'cleo', seqs: upTo(20).map((n) => n + 12), mentions: [31], toSeq: 32 },
    ])
    await current().asOwner(
      `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
       SELECT $1, 32 + n, gen_random_uuid(), $2, 'ana', 'text', 'x', n, '', now() - interval '1 hour' FROM generate_series(1, 1000) n`,
      [id, ana.tenantId],
    )
    await current().asOwner('UPDATE conversations SET last_seq = 1032 WHERE id = $1', [id])
    const told = [{ userId: 'ben', seq: 2 }]
    expect((await ask(ana, id, { told })).recipients).toMatchObject([
      { userId: 'ben', seqs: [32, ...upTo(19).map((n) => 483 + n)], toSeq: 502 },
      // what is that old is no news to who was never told
      { userId: 'cleo', seqs: upTo(20).map((n) => 1012 + n), toSeq: 1032 },
    ])
  })

  test('is nobody who left, is disabled or blocked by or blocking the sender, and nobody for what they do not see or are not called for', async () => {
    const { chat, send, admin, host } = current()
    const { ana, ben, id } = await scene()
    const everybody = async () => Object.keys(await seqsOf(ana, id))
    const first = await send(id, ana, 'first')
    expect(await everybody()).toEqual(['ben', 'cleo'])
    expect(await standing(ana, id, 'ben')).toMatchObject({ messages: [{ id: first.message.id }] })

    await chat.muteConversation(ben, { conversationId: id, until: new Date(Date.now() + HOUR).toISOString() })
    const [muted] = (await ask(ana, id)).recipients
    expect(muted).toMatchObject({ userId: 'ben', mutedUntil: expect.any(String) })
    expect(await standing(ana, id, 'ben')).toBeNull()
    await chat.unmuteConversation(ben, { conversationId: id })

    for (const [one, other] of [
      [ben, 'ana'],
      [ana, 'ben'],
    ] as const) {
      await chat.blockUser(one, { userId: other })
      expect(await everybody()).toEqual(['cleo'])
      expect(await standing(ana, id, 'ben')).toBeNull()
      await chat.unblockUser(one, { userId: other })
      expect(await everybody()).toEqual(['ben', 'cleo'])
    }

    await chat.deleteMessage(ben, { messageId: first.message.id, for: 'me' })
    expect(await everybody()).toEqual(['cleo'])
    expect(await standing(ana, id, 'ben')).toBeNull()
    await chat.deleteConversation({ ...ana, userId: 'cleo' }, { conversationId: id })
    expect(await everybody()).toEqual([])
    expect(await standing(ana, id, 'cleo')).toBeNull()

    const second = await send(id, ana, 'second')
    expect(await everybody()).toEqual(['ben', 'cleo'])
    await chat.deleteMessage(ana, { messageId: second.message.id })
    expect(await everybody()).toEqual([])
    expect(await standing(ana, id, 'ben')).toBeNull()

    await send(id, ana, 'quietly', { extras: { silent: true } })
    await chat.updateConversation(ana, { conversationId: id, title: 'Another' })
    expect(await everybody()).toEqual([])

    await send(id, ana, 'third')
    await chat.updateParticipant(ana, { conversationId: id, userId: 'cleo', role: 'observer' })
    expect((await ask(ana, id)).recipients).toMatchObject([{ observes: false }, { userId: 'cleo', observes: true }])
    await host.disableUser(backendOf(ana), { userId: 'cleo' })
    expect(await everybody()).toEqual(['ben'])
    expect(await standing(ana, id, 'cleo')).toBeNull()
    await chat.removeParticipant(ana, { conversationId: id, userId: 'ben' })
    expect(await everybody()).toEqual([])
    expect(await standing(ana, id, 'ben')).toBeNull()
    // back again: what was written before and meanwhile is read, or theirs no more
    await admin.setPolicy(backendOf(ana), { groups: { notices: false, history: 'from_joining' } })
    await chat.addParticipant(ana, { conversationId: id, userId: 'ben' })
    expect(await everybody()).toEqual([])
    const { message } = await send(id, ana, 'welcome')
    expect(await seqsOf(ana, id)).toEqual({ ben: [message.seq] })
    // of another tenant nothing is known
    const { eve } = current().people('eve')
    expect((await ask(eve, id)).conversation).toBeNull()
    expect(await standing(eve, id, 'ben')).toBeNull()
  })

  test('says what may be shown in one line, by name, with what is unread everywhere, and not what is read', async () => {
    const { chat, send, host, group } = current()
    const { ana, ben, cleo, id } = await scene()
    await host.upsertUsers(backendOf(ana), {
      users: [
        { userId: 'ana', name: 'Ana Lima' },
        { userId: 'ben', name: 'Ben', locale: 'de', email: 'ben@example.com' },
      ],
    })
    for (const n of upTo(4)) await send(id, cleo, `message ${n}`)
    await send(id, ana, 'Well, @[ben]!', { extras: { mentions: ['ben'] } })
    const payload = { title: 'Cleaning', amount: 123_456, currency: 'EUR', status: 'pending' }
    await send(id, ana, '', { type: 'service_offer', extras: { payload } })
    await send(id, ana, '', { type: 'image', extras: { attachments: [attachment({ name: 'kitchen.png' })] } })
    const other = await group(ana, ben)
    await send(other, ana, 'elsewhere')
    const found = await standing(ana, id, 'ben')
    expect(found).toMatchObject({
      conversation: { id, kind: 'group', title: 'A group', context: null },
      unreadCount: 7,
      totalUnread: 8,
      user: { name: 'Ben', locale: 'de', email: 'ben@example.com' },
    })
    expect(found.messages.map(({ seq, senderName, preview }) => [seq, senderName, preview])).toEqual([
      [3, null, 'message 3'],
      [4, null, 'message 4'],
      [5, 'Ana Lima', 'Well, @Ben!'],
      [6, 'Ana Lima', expect.stringMatching(/Cleaning · 1\.234,56/)],
      [7, 'Ana Lima', expect.stringContaining('kitchen.png')],
    ])
    expect((await ask(ana, id)).recipients[0]).toMatchObject({ locale: 'de', email: 'ben@example.com' })
    expect((await standing(ana, id, 'ben', 2, 4)).messages.map(({ seq }) => seq)).toEqual([2, 3, 4])
    await chat.markRead(ben, { conversationId: id, seq: 6 })
    expect((await standing(ana, id, 'ben')).messages.map(({ seq }) => seq)).toEqual([7])
    await chat.markRead(ben, { conversationId: id, seq: 7 })
    const items = [
      { userId: 'ben', conversationId: id, fromSeq: 1, toSeq: 7 },
      { userId: 'eve', conversationId: id, fromSeq: 1, toSeq: 7 },
      { userId: 'ben', conversationId: other, fromSeq: 1, toSeq: 7 },
    ]
    const { audience } = current()
    const { standings } = await audience.standingOf(backendOf(ana), { items })
    expect(standings.map((one) => one?.totalUnread ?? null)).toEqual([null, null, 1])
    const userIds = ['ben', 'eve']
    expect(await audience.unreadOf(backendOf(ana), { userIds })).toEqual({ unread: [1, 0] })
    // whoever looks at what they were told of sees what is read as well
    const shown = await audience.shownOf(backendOf(ana), { items })
    expect(shown.standings.map((one) => one?.messages.length ?? null)).toEqual([5, null, 1])
  })

  test('comes in pages, each one question', async () => {
    const { send, asOwner } = current()
    const { ana, id } = await scene()
    await asOwner(
      `INSERT INTO participants (conversation_id, user_id, tenant_id, role)
       SELECT $1, 'user-' || n, $2, 'member' FROM generate_series(1, 1100) n`,
      [id, ana.tenantId],
    )
    await send(id, ana, 'hello')
    const found: string[] = []
    const sizes: number[] = []
    let after: string | null = null
    do {
      const page = await ask(ana, id, { after })
      found.push(...page.recipients.map(({ userId }) => userId))
      sizes.push(page.recipients.length)
      after = page.next
    } while (after !== null)
    // of whom one wrote it
    expect(sizes).toEqual([499, 500, 103])
    expect(new Set(found).size).toBe(1_102)
  })

  test('an event is told again as it is now: deleted words do not come back, and what is gone is none', async () => {
    const { chat, send, committed } = current()
    const { ana, ben, id } = await scene()
    committed.length = 0
    const { message } = await send(id, ana, 'secret')
    await chat.markRead(ben, { conversationId: id, seq: 1 })
    await chat.deleteMessage(ana, { messageId: message.id })
    const told = committed.flatMap(({ changes }) => changes)
    const again = ({ type, seq, rev, at }: (typeof told)[number], more: { userId?: string; conversationId?: string }) =>
      current().audience.eventNow(backendOf(ana), {
        ...{ type, seq, rev, at, userId: null, conversationId: id },
        ...more,
      })
    const of = (type: string) => told.find((change) => change.type === type)!
    expect((await again(of('message.created'), {})).event).toMatchObject({
      ...{ id: `${id}:1`, type: 'message.created', tenantId: ana.tenantId, conversationId: id, seq: 1 },
      data: { id: message.id, content: '', deletedAt: expect.any(String) },
    })
    expect((await again(of('messages.read'), { userId: 'ben' })).event).toMatchObject({
      ...{ id: `${id}:r${of('messages.read').rev}`, data: { userId: 'ben', seq: 1 } },
    })
    expect(await again(of('messages.read'), {})).toEqual({ event: null })
    expect(await again(of('message.created'), { conversationId: message.id })).toEqual({ event: null })
    expect(await again({ ...of('message.created'), seq: 9 }, {})).toEqual({ event: null })
    const left = { ...of('messages.read'), type: 'participant.joined' as const }
    expect(await again(left, { userId: 'nobody' })).toEqual({ event: null })
    expect((await again(left, { userId: 'ben' })).event).toMatchObject({ data: { userId: 'ben' } })
  })

  test('is said to the host’s backend as well, in pages, and to nobody else', async () => {
    const { host, send, chat, people } = current()
    const { ana, ben, id } = await scene()
    await send(id, ana, 'one')
    await send(id, ana, 'for @[cleo]', { extras: { mentions: ['cleo'] } })
    await chat.markRead(ben, { conversationId: id, seq: 1 })
    const asked = { conversationId: id, limit: 2 }
    const known = { name: null, locale: null, email: null, observes: false, mutedUntil: null }
    const first = await host.listRecipients(backendOf(ana), asked)
    expect(first).toEqual({
      data: [{ userId: 'ben', ...known, unreadCount: 1, lastReadSeq: 1, seqs: [2], mentions: [] }],
      ...{ nextCursor: expect.any(String), hasMore: true },
    })
    expect(await host.listRecipients(backendOf(ana), { ...asked, cursor: first.nextCursor! })).toEqual({
      data: [{ userId: 'cleo', ...known, unreadCount: 2, lastReadSeq: 0, seqs: [1, 2], mentions: [2] }],
      ...{ nextCursor: null, hasMore: false },
    })
    await expect(host.listRecipients(ana, asked)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(host.listRecipients({ ...backendOf(ana), role: 'admin' }, asked)).rejects.toMatchObject({
      code: 'forbidden',
    })
    const { ana: foreign } = people('ana')
    await expect(host.listRecipients(backendOf(foreign), asked)).rejects.toMatchObject({ code: 'not_found' })
    await expect(host.listRecipients(backendOf(ana), { ...asked, cursor: 'AAAA' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})
