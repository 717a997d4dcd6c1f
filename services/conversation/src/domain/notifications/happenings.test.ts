import type { Actor, HappenedNews } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { contextScene, members } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('what is no message, of which the notification worker tells people', (current) => {
  /** What has happened in a tenant, to the end of the log. */
  const happened = async ({ tenantId }: Pick<Actor, 'tenantId'>) => {
    const found: HappenedNews[] = []
    for (let position: string | null = null; ; ) {
      const answer = await current().audience.newsAfter(backendOf(current().people('any').any), { position })
      found.push(...(answer.happened ?? []).filter((one) => one.tenantId === tenantId))
      position = answer.position
      if (!answer.more) return found
    }
  }
  const last = async (one: Actor) => (await happened(one)).at(-1)!
  const concerned = async (
    one: Actor,
    { tenantId: _tenant, at: _at, ...news }: HappenedNews,
    after: string | null = null,
  ) => {
    const answer = await current().audience.concernedBy(backendOf(one), { happened: news, after })
    return answer.concerned.map(({ userId, seq }) => [userId, seq])
  }
  const standing = async (
    one: Actor,
    userId: string,
    kind: string,
    conversationId: string | null,
    [from, to] = [1, 1],
  ) => {
    const items = [{ userId, conversationId, kind, fromSeq: from!, toSeq: to! }]
    return (await current().audience.standingOf(backendOf(one), { items })).standings[0]!
  }

  test('whoever is let into a group is told, not by themself, until they have looked or are out again', async () => {
    const { people, chat, group } = current()
    const { ana, ben, cleo, dan } = people('ana', 'ben', 'cleo', 'dan')
    const id = await group(ana, ben)
    const made = await last(ana)
    expect(made).toMatchObject({ kind: 'added', aboutId: id, userId: null, seq: 0 })
    expect(await concerned(ana, made)).toEqual([['ben', 1]])
    expect(await standing(ana, 'ben', 'added', id)).toMatchObject({ messages: [], conversation: { title: 'A group' } })
    expect(await standing(ana, 'ben', 'message', id)).toBeNull()

    // what is written there tells of it
    await chat.sendMessage(ana, { conversationId: id, content: 'welcome' })
    expect(await concerned(ana, made)).toEqual([])

    await chat.addParticipant(ana, { conversationId: id, userId: 'cleo' })
    await chat.addParticipant(ana, { conversationId: id, userId: 'dan' })
    const [ofCleo, ofDan] = (await happened(ana)).slice(-2)
    expect([ofCleo, ofDan]).toMatchObject([{ userId: 'cleo' }, { userId: 'dan' }])
    expect([await concerned(ana, ofCleo!), await concerned(ana, ofDan!)]).toEqual([[['cleo', 2]], [['dan', 3]]])
    // whoever has read what came then has looked
    await chat.markRead(cleo, { conversationId: id, seq: 2 })
    expect([await concerned(ana, ofCleo!), await standing(ana, 'cleo', 'added', id, [2, 2])]).toEqual([[], null])
    await chat.removeParticipant(ana, { conversationId: id, userId: 'dan' })
    expect([await concerned(ana, ofDan!), await standing(ana, 'dan', 'added', id, [3, 3])]).toEqual([[], null])
    // let in again, it is another time
    await chat.addParticipant(ana, { conversationId: id, userId: 'dan' })
    expect(await concerned(ana, ofDan!)).toEqual([])
    expect(await concerned(ana, await last(ana))).toMatchObject([['dan', expect.any(Number)]])
    // of two who talk nobody was let in: the first message tells
    await chat.sendMessage(dan, { to: 'ana', content: 'hello' })
    expect((await happened(ana)).filter(({ aboutId }) => aboutId !== id)).toEqual([])
  })

  test('a context that has another title or status is told to those in its conversations, and the last one alone', async () => {
    const scene = await contextScene(current())
    const { ana, ben, put, say, chat, admin } = scene
    await put({ status: 'confirmed', title: 'Haircut' })
    const { message } = await say(ana, 'hello')
    const { conversationId: id } = message
    await admin.joinConversation(
      { ...scene.joe, userId: 'ada', role: 'admin' },
      { conversationId: id, role: 'observer' },
    )
    const before = (await happened(ana)).length
    // who is in it, and what nobody is shown, changes nothing that is told
    await put({ status: 'confirmed', title: 'Haircut', metadata: { note: 'x' } })
    await chat.markRead(ben, { conversationId: id, seq: 2 })
    expect((await happened(ana)).length).toBe(before)
    await put({ status: 'moved', title: 'Haircut' })
    const moved = await last(ana)
    expect(moved).toMatchObject({ kind: 'context', aboutId: id, userId: null })
    expect(await concerned(ana, moved)).toEqual([
      ['ana', 2],
      ['ben', 3],
    ])
    expect((await standing(ana, 'ben', 'context', id, [3, 3]))!.conversation!.context).toMatchObject({
      status: 'moved',
    })
    await put({ status: 'cancelled', title: 'Haircut' })
    expect(await concerned(ana, moved)).toEqual([])
    const cancelled = await last(ana)
    expect((await concerned(ana, cancelled)).map(([userId]) => userId)).toEqual(['ana', 'ben'])
    await put({ status: 'open', title: 'Haircut', changedBy: 'ben' })
    expect((await concerned(ana, await last(ana))).map(([userId]) => userId)).toEqual(['ana'])
    // a member who comes later is let in
    await put({
      status: 'open',
      title: 'Haircut',
      members: members(['ana', 'customer'], ['ben', 'provider'], ['joe', 'provider']),
    })
    const joined = await last(ana)
    expect(joined).toMatchObject({ kind: 'added', aboutId: id, userId: 'joe' })
    await chat.muteConversation(ben, { conversationId: id, until: null })
    expect(await standing(ana, 'ben', 'context', id, [3, 3])).toBeNull()
    await chat.blockUser(ana, { userId: 'ben' })
    expect((await happened(ana)).at(-1)).toEqual(joined)
  })

  test('a broadcast is told to everybody but whoever sent it', async () => {
    const { people, admin, chat, host } = current()
    const { ana, ben, cleo } = people('ana', 'ben', 'cleo')
    for (const one of [ana, ben, cleo]) await chat.getMe(one, {})
    await host.upsertUsers(backendOf(ana), {
      users: ['ana', 'ben', 'cleo'].map((userId) => ({ userId, name: userId.toUpperCase() })),
    })
    await host.disableUser(backendOf(ana), { userId: 'cleo' })
    const chief = { ...ana, role: 'admin' as const }
    await admin.broadcast(chief, { title: 'News', content: 'We move' })
    const sent = await last(ana)
    expect(sent).toMatchObject({ kind: 'broadcast', userId: null })
    const told = (await concerned(ana, sent)).map(([userId]) => userId)
    expect(told).toEqual(['ben'])
    const range: [number, number] = [sent.seq, sent.seq]
    expect(await standing(ana, 'ben', 'broadcast', null, range)).toMatchObject({
      conversation: null,
      messages: [{ id: sent.aboutId, senderId: 'ana', senderName: 'ANA', preview: 'News: We move' }],
      unreadCount: 1,
      user: { name: 'BEN' },
    })
    expect(await standing(ana, 'nobody', 'broadcast', null, range)).toBeNull()
    // of another tenant it is nothing
    const { ana: other } = people('ana', 'ben')
    await chat.getMe(other, {})
    expect(await concerned(other, sent)).toEqual([])
    expect(await standing(other, 'ana', 'broadcast', null, range)).toBeNull()
  })

  test('a report is told to who moderates, by the word for them, while it waits', async () => {
    const { people, admin, chat, group, host } = current()
    const { ana, ben } = people('ana', 'ben')
    const users = [
      { userId: 'ada', role: 'admin' },
      { userId: 'ann', role: 'admin' },
      { userId: 'max', role: 'customer' },
    ]
    await host.upsertUsers(backendOf(ana), { users })
    const id = await group(ana, ben)
    await chat.report(ben, { conversationId: id, reason: 'spam' })
    const opened = await last(ana)
    expect(opened).toMatchObject({ kind: 'report', userId: null })
    expect(await concerned(ana, opened)).toEqual([
      ['ada', 0],
      ['ann', 0],
    ])
    expect(await standing(ana, 'ada', 'report', null, [0, 0])).toMatchObject({ messages: [], unreadCount: 1 })
    expect(await standing(ana, 'max', 'report', null, [0, 0])).toBeNull()
    // said again it is the same
    await chat.report(ben, { conversationId: id, reason: 'fraud' })
    expect(await last(ana)).toEqual(opened)
    await admin.decideReport({ ...ana, userId: 'ada', role: 'admin' }, { reportId: opened.aboutId, status: 'resolved' })
    expect(await last(ana)).toMatchObject({ kind: 'decided', aboutId: opened.aboutId })
    expect([await concerned(ana, opened), await standing(ana, 'ada', 'report', null, [0, 0])]).toEqual([[], null])
  })

  test('what an admin does at the worker is in the audit log, and nobody else writes there', async () => {
    const { people, audience, admin } = current()
    const { ana } = people('ana')
    const asked = { action: 'template.put' as const, target: 'offer push en' }
    await expect(audience.auditAction(ana, asked)).rejects.toMatchObject({ code: 'forbidden' })
    const chief = { ...ana, role: 'admin' as const }
    await audience.auditAction(chief, asked)
    expect((await admin.listAudit(chief, {})).data).toMatchObject([{ actorId: 'ana', ...asked }])
  })
})
