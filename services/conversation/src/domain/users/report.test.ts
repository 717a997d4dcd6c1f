import type { Actor, ReportStatus } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf, patiently } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('reports', (current) => {
  test('a report is of what the reporter sees, is made once per key, and decided once', async () => {
    const { people, group, chat, admin, send } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const id = await group(ana, ben)
    const { message } = await send(id, ben, 'buy now')
    const input = { messageId: message.id, reason: 'spam' as const, clientId: 'r1' }
    const { report, created } = await chat.report(ana, input)
    expect([created, report]).toMatchObject([
      true,
      { reporterId: 'ana', userId: 'ben', conversationId: id, messageId: message.id, status: 'open' },
    ])
    expect(await chat.report(ana, input)).toEqual({ report, created: false })
    expect(await codeOf(chat.report(ana, { ...input, reason: 'fraud' }))).toBe('key_reused')
    expect(await codeOf(chat.report(eve, { messageId: message.id, reason: 'spam' }))).toBe('not_found')
    expect(await codeOf(chat.report(eve, { conversationId: id, reason: 'spam' }))).toBe('not_found')
    expect(await codeOf(chat.report(eve, { userId: 'ben', reason: 'spam' }))).toBe('not_found')
    expect(await codeOf(chat.report(ana, { userId: 'ben', conversationId: id, reason: 'spam' }))).toBe('invalid_input')
    const moderator = { ...eve, role: 'admin' as const }
    const queue = await admin.listReports(moderator, { status: 'open' })
    expect(queue.data.map(({ id: reportId }) => reportId)).toEqual([report.id])
    const decision = { reportId: report.id, status: 'resolved' as const, resolution: 'warned' }
    expect(await admin.decideReport(moderator, decision)).toMatchObject({ status: 'resolved', resolvedBy: 'eve' })
    expect(await codeOf(admin.decideReport(moderator, decision))).toBe('already_decided')
    // what the admins noted is not the reporter's to read
    expect(await chat.report(ana, input)).toEqual({ report, created: false })
    expect(await codeOf(admin.listReports(ana, {}))).toBe('forbidden')
  })

  const adminIn = (one: Actor): Actor => ({ ...one, userId: 'mod', role: 'admin' })
  /** In the order in which they were made; the ids of tests do not sort by time. */
  const reported = async (one: Actor, status?: ReportStatus) => {
    const { data } = await current().admin.listReports(adminIn(one), { ...(status && { status }), limit: 100 })
    return data.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
  }

  test.each([
    ['edited', 'once more', 'the first words'],
    ['deleted', undefined, 'the first words'],
    ['edited, and then deleted', 'once more', 'the first words'],
  ])(
    'admins read what a message said when it was reported, also when it is %s afterwards',
    async (what, edit, words) => {
      const { people, group, chat, admin, send } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      await send(conversationId, ana, 'hello')
      await chat.getMe({ ...ben, name: 'Ben the First' }, {})
      const { message } = await send(conversationId, ben, words)
      const { report } = await chat.report(ana, { messageId: message.id, reason: 'abuse' })
      expect(JSON.stringify(report)).not.toContain(words)
      if (edit) await chat.editMessage(ben, { messageId: message.id, content: edit })
      if (what.includes('deleted')) await chat.deleteMessage(ben, { messageId: message.id })
      await chat.getMe({ ...ben, name: 'Somebody Else' }, {})
      await chat.removeParticipant(ben, { conversationId, userId: 'ben' })
      const [shown] = await reported(ana)
      expect(shown).toMatchObject({
        reporter: { userId: 'ana' },
        user: { userId: 'ben', name: 'Ben the First' },
        conversation: { id: conversationId, kind: 'group', title: 'A group' },
        message: {
          id: message.id,
          conversationId,
          seq: 2,
          senderId: 'ben',
          sender: { userId: 'ben', name: 'Ben the First' },
          type: 'text',
          content: words,
          createdAt: message.createdAt,
          editedAt: edit ? expect.any(String) : null,
          deletedAt: what.includes('deleted') ? expect.any(String) : null,
        },
      })
      const { message: told } = await admin.decideReport(adminIn(ana), { reportId: report.id, status: 'resolved' })
      expect(told).toEqual(shown!.message)
    },
  )

  test('of a message that was deleted before it was reported, nobody reads what it said', async () => {
    const { people, group, chat, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const { message } = await send(await group(ana, ben), ben, 'first')
    await chat.editMessage(ben, { messageId: message.id, content: 'last' })
    await chat.deleteMessage(ben, { messageId: message.id })
    await chat.report(ana, { messageId: message.id, reason: 'abuse' })
    const [shown] = await reported(ana)
    expect(shown!.message!.content).toBe('')
  })

  test('of a user and of a conversation, what they were called is kept', async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ben, ana)
    await chat.getMe({ ...ben, name: 'Rude Word' }, {})
    await chat.report(ana, { userId: 'ben', reason: 'inappropriate' })
    await chat.report(ana, { conversationId, reason: 'inappropriate' })
    await chat.getMe({ ...ben, name: 'Ben' }, {})
    await chat.updateConversation(ben, { conversationId, title: 'Harmless' })
    expect(await reported(ana)).toMatchObject([
      { user: { userId: 'ben', name: 'Rude Word' }, message: null, conversation: null },
      { user: null, message: null, conversation: { id: conversationId, title: 'A group' } },
    ])
  })

  test('what was reported is kept for as long as the policy says after the decision, and as long as none was made', async () => {
    const { people, group, chat, admin, send, forgetReported } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const reportOne = async (keepReportedSeconds: number | null, content: string) => {
      await admin.setPolicy(backendOf(ana), { moderation: { keepReportedSeconds } })
      const { message } = await send(conversationId, ben, content)
      const { report } = await chat.report(ana, { messageId: message.id, reason: 'spam' })
      return report.id
    }
    const decide = (reportId: string) => admin.decideReport(adminIn(ana), { reportId, status: 'dismissed' })
    await decide(await reportOne(null, 'for ever'))
    await decide(await reportOne(60, 'for a minute'))
    await decide(await reportOne(0, 'not at all'))
    await reportOne(0, 'undecided')
    const words = async () => (await reported(ana)).map(({ message }) => message?.content)
    // at once, and not only when it is let go of
    expect(await words()).toEqual(['for ever', 'for a minute', null, 'undecided'])
    expect(await forgetReported()).toBe(1)
    expect(await words()).toEqual(['for ever', 'for a minute', null, 'undecided'])
    const data = await reported(ana)
    expect(data[2]).toMatchObject({ status: 'dismissed', message: { seq: 3, senderId: 'ben' } })
  })

  test('what a replica of the former release decides is kept as long as the policy says, too', async () => {
    const { people, group, chat, admin, send, asOwner, forgetReported } = current()
    const decided = async (keepReportedSeconds: number | null) => {
      const { ana, ben } = people('ana', 'ben')
      await admin.setPolicy(backendOf(ana), { moderation: { keepReportedSeconds } })
      const { message } = await send(await group(ana, ben), ben, 'secret')
      const { report } = await chat.report(ana, { messageId: message.id, reason: 'spam' })
      await asOwner(
        `UPDATE reports SET status = 'resolved', resolved_by = 'mod', resolved_at = clock_timestamp() - interval '1 day'
         WHERE id = $1`,
        [report.id],
      )
      return ana
    }
    const tenants = [await decided(3_600), await decided(7 * 86_400), await decided(null)]
    const words = () => Promise.all(tenants.map(async (ana) => (await reported(ana))[0]!.message!.content))
    for (const _ of [1, 2]) {
      await forgetReported()
      expect(await words()).toEqual([null, 'secret', 'secret'])
    }
  })

  test('so many wait for a decision, and are counted no further than 100', async () => {
    const { people, group, chat, admin, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const open = async () => (await admin.countOpenReports(adminIn(ana), {})).open
    expect(await open()).toBe(0)
    for (const n of upTo(103)) {
      const { message } = await send(conversationId, ben, `m${n}`)
      const { report } = await chat.report(ana, { messageId: message.id, reason: 'spam' })
      if (n === 1) await admin.decideReport(adminIn(ana), { reportId: report.id, status: 'dismissed' })
      if (n === 3) expect(await open()).toBe(2)
    }
    expect(await open()).toBe(100)
    expect(await codeOf(admin.countOpenReports(ana, {}))).toBe('forbidden')
  })

  test('the repeat of a report is answered as it was, whatever was said before and after it', async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const notes = ['the first note', undefined, 'another note', undefined]
    const calls = notes.map((note, i) => ({
      conversationId,
      reason: i % 2 ? ('abuse' as const) : ('spam' as const),
      clientId: `k${i}`,
      ...(note !== undefined && { note }),
    }))
    const first: unknown[] = []
    for (const call of calls) first.push((await chat.report(ana, call)).report)
    for (const [i, call] of calls.entries())
      expect(await chat.report(ana, call)).toEqual({ report: first[i], created: false })
    // none of the notes is lost by a later report without one
    expect((await reported(ana))[0]).toMatchObject({ count: 4, reason: 'abuse', note: 'another note' })
  })

  test('one reporter has one open report of the same, however often and however many at once; it counts', async () => {
    const { people, group, chat, admin, send } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const conversationId = await group(ana, ben, eve)
    const { message } = await send(conversationId, ben, 'buy now')
    const about = { messageId: message.id, reason: 'spam' as const }
    const made = await Promise.all(
      upTo(20).map((n) => patiently(() => chat.report(ana, { ...about, ...(n % 2 && { clientId: `r${n}` }) }))),
    )
    expect(new Set(made.map(({ report }) => report.id)).size).toBe(1)
    expect(made.filter(({ created }) => created)).toHaveLength(1)
    await chat.report(ana, { ...about, reason: 'fraud', note: 'they asked for money' })
    await chat.report(ana, { ...about, reason: 'abuse' })
    await chat.report(eve, about)
    // something else, though it is the same conversation and the same person
    await chat.report(ana, { conversationId, reason: 'other' })
    await chat.report(ana, { userId: 'ben', reason: 'other' })
    const open = () => reported(ana, 'open')
    const [first, ...others] = await open()
    expect(first).toMatchObject({ count: 22, reason: 'abuse', note: 'they asked for money', openReports: 2 })
    expect(Date.parse(first!.lastReportedAt)).toBeGreaterThanOrEqual(Date.parse(first!.createdAt))
    expect(others.map(({ count, openReports, reporterId }) => [count, openReports, reporterId])).toEqual([
      [1, 2, 'eve'],
      [1, 1, 'ana'],
      [1, 1, 'ana'],
    ])
    // the keys stand for what they made: they say so again, and count nothing
    const again = await chat.report(ana, { ...about, clientId: 'r3' })
    expect(again).toMatchObject({ created: false, report: { id: first!.id, reason: 'spam', note: null } })
    expect((await open())[0]).toMatchObject({ count: 22 })
    // decided, it is over: what is reported after that is a new one
    await admin.decideReport(adminIn(ana), { reportId: first!.id, status: 'dismissed' })
    const { report, created } = await chat.report(ana, about)
    expect([created, report.id === first!.id]).toEqual([true, false])
    expect((await open()).map(({ count, openReports }) => [count, openReports])).toEqual([
      [1, 2],
      [1, 1],
      [1, 1],
      [1, 2],
    ])
    const [theFirst] = await reported(ana, 'dismissed')
    expect(theFirst).toMatchObject({ id: first!.id, count: 22, openReports: 2 })
  })
})
