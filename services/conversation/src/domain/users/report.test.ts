import { expect, test } from 'vitest'
import { codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

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
})
