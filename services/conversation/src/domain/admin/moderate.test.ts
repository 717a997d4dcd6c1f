import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('moderation', (current) => {
  test('what admins read and do is in the log, with from where, and nobody rewrites it', async () => {
    const { people, group, admin, chat } = current()
    const { ana, eve } = people('ana', 'eve')
    const conversationId = await group(ana)
    await chat.sendMessage(ana, { conversationId, content: 'private' })
    const moderator: Actor = { ...eve, role: 'admin', ip: '203.0.113.9' }
    expect((await admin.listAllConversations(moderator, {})).data.map(({ id }) => id)).toEqual([conversationId])
    expect((await admin.inspectMessages(moderator, { conversationId })).data).toHaveLength(1)
    await admin.joinConversation(moderator, { conversationId })
    await admin.setConversationStatus(moderator, { conversationId, status: 'closed', reason: 'abuse' })
    await admin.broadcast(moderator, { content: 'hello all' })
    const { data } = await admin.listAudit(moderator, {})
    expect(data.map(({ action, target, actorId, ip }) => [action, target === conversationId, actorId, ip])).toEqual([
      ['broadcast.sent', false, 'eve', '203.0.113.9'],
      ['conversation.closed', true, 'eve', '203.0.113.9'],
      ['conversation.joined', true, 'eve', '203.0.113.9'],
      ['messages.read', true, 'eve', '203.0.113.9'],
      ['conversations.listed', false, 'eve', '203.0.113.9'],
    ])
    const [first, second] = [
      await admin.listAudit(moderator, { limit: 2 }),
      await admin.listAudit(moderator, { action: 'messages.read' }),
    ]
    expect([first.hasMore, second.data.length]).toEqual([true, 1])
    expect((await admin.listAudit(moderator, { limit: 9, cursor: first.nextCursor! })).data).toEqual(data.slice(2))
    expect((await chat.getConversation(ana, { conversationId })).participants).toMatchObject([
      { userId: 'ana' },
      { userId: 'eve', role: 'moderator' },
    ])
  })

  test('the log names who did it and to what, as they are called now', async () => {
    const { people, group, admin, chat, host } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const titled = await group(ana, ben)
    const { conversationId: direct } = (await chat.sendMessage(ana, { to: 'ben', content: 'private' })).message
    const moderator: Actor = { ...eve, role: 'admin', name: 'Eve Moderates' }
    await chat.getMe(moderator, {})
    await chat.getMe({ ...ben, name: 'Ben' }, {})
    for (const conversationId of [titled, direct]) await admin.inspectConversation(moderator, { conversationId })
    await host.disableUser(moderator, { userId: 'ben' })
    await admin.broadcast(moderator, { content: 'hello all' })
    const { data } = await admin.listAudit(moderator, {})
    const profile = (userId: string, name: string | null) => ({ userId, name, avatarUrl: null })
    expect(data.map(({ actor }) => actor)).toEqual(data.map(() => profile('eve', 'Eve Moderates')))
    expect(data.map(({ targetUser, targetConversation }) => [targetUser, targetConversation])).toEqual([
      [null, null],
      [profile('ben', 'Ben'), null],
      [
        null,
        {
          ...{ id: direct, kind: 'direct', title: null, pictureUrl: null },
          participants: [profile('ana', null), profile('ben', 'Ben')],
        },
      ],
      [null, expect.objectContaining({ id: titled, kind: 'group', title: 'A group' })],
    ])
  })

  test('an admin who came to moderate leaves again, also where nobody else comes and goes', async () => {
    const { people, admin, chat } = current()
    const { ana, eve } = people('ana', 'ben', 'eve')
    const { conversationId } = (await chat.sendMessage(ana, { to: 'ben', content: 'private' })).message
    const moderator: Actor = { ...eve, role: 'admin' }
    await admin.joinConversation(moderator, { conversationId })
    const remove = (who: Actor, userId: string) => codeOf(chat.removeParticipant(who, { conversationId, userId }))
    expect(await remove(ana, 'ana')).toBe('forbidden')
    expect(await remove(moderator, 'ana')).toBe('forbidden')
    expect(await remove(moderator, 'eve')).toBe('ok')
    expect(await codeOf(chat.getConversation(moderator, { conversationId }))).toBe('not_found')
    expect((await chat.getConversation(ana, { conversationId })).participantCount).toBe(2)
  })

  test('statistics count the tenant’s own', async () => {
    const { people, group, admin, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const one = await group(ana, ben)
    await group(ana)
    for (const n of upTo(3)) await chat.sendMessage(ana, { conversationId: one, content: `m${n}` })
    const backend = backendOf(ana)
    await admin.setConversationStatus(backend, { conversationId: one, status: 'read_only' })
    const stats = await admin.getStats(backend, { days: 2 })
    expect(stats).toMatchObject({
      conversations: { total: 2, active: 1, readOnly: 1, closed: 0, busy: 1 },
      // the mark of the change is a message too
      messages: { total: 4, today: 4 },
      users: { total: 2, disabled: 0, online: 0 },
      reports: { open: 0 },
    })
    expect(stats.perDay.map(({ messages, conversations }) => [messages, conversations])).toEqual([
      [0, 0],
      [4, 2],
    ])
  })

  test('a moderator who comes again sees all that was said, whoever they were before', async () => {
    const { people, group, chat, admin, send } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, ben, joe)
    const [mia, moderatingJoe] = [{ ...joe, userId: 'mia' }, joe].map((one) => ({ ...one, role: 'admin' as const }))
    await chat.removeParticipant(joe, { conversationId, userId: 'joe' })
    for (const who of [mia!, moderatingJoe!])
      for (const visit of ['first', 'second']) {
        await send(conversationId, ana, `before the ${visit} visit`)
        await admin.joinConversation(who, { conversationId })
        const { lastSeq } = await chat.getConversation(who, { conversationId })
        const seen = await chat.listMessages(who, { conversationId, limit: 100 })
        expect(seen.data.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, i) => i + 1))
        expect(await chat.getUnreadCount(who, { conversationId })).toEqual({ unreadCount: 0 })
        await chat.removeParticipant(who, { conversationId, userId: who.userId })
      }
  })

  test('looks at users and reports are in the log, the same one once a minute; rules and counts are not', async () => {
    const { people, group, chat, admin, host, asOwner } = current()
    const { ana, ben, mia, tenantId } = people('ana', 'ben', 'mia')
    const moderator = { ...mia, role: 'admin' as const, ip: '203.0.113.7' }
    await group(ana, ben)
    await chat.report(ana, { userId: 'ben', reason: 'spam' })
    const lines = async () => {
      const { data } = await admin.listAudit(moderator, { limit: 100 })
      return data.map(({ action, target, details }) => [action, target, details]).reverse()
    }
    for (let i = 0; i < 3; i++) {
      await host.getUser(moderator, { userId: 'ben' })
      await host.getUser({ ...backendOf(ana) }, { userId: 'ben' })
      await admin.listReports(moderator, { status: 'open' })
      await admin.getPolicy(moderator, {})
      await admin.getStats(moderator, {})
    }
    const { data: queue } = await admin.listReports(moderator, { status: 'open' })
    const [report] = queue.map(({ id }) => id)
    const expected = [
      ['user.read', 'ben', {}],
      ['reports.listed', null, { status: 'open', from: report, to: report, count: 1 }],
    ]
    expect(await lines()).toEqual(expected)
    // another user, another page, another address, another minute
    await host.getUser(moderator, { userId: 'ana' })
    await admin.listReports(moderator, {})
    await host.getUser({ ...moderator, ip: '203.0.113.8' }, { userId: 'ben' })
    await asOwner(`UPDATE audit_log SET at = at - interval '61 seconds' WHERE tenant_id = $1`, [tenantId])
    await host.getUser(moderator, { userId: 'ben' })
    expect((await lines()).map(([action, target]) => [action, target])).toEqual([
      ['user.read', 'ben'],
      ['reports.listed', null],
      ['user.read', 'ana'],
      ['reports.listed', null],
      ['user.read', 'ben'],
      ['user.read', 'ben'],
    ])
    // who is told that somebody is not there has seen nothing
    expect(await codeOf(host.getUser(moderator, { userId: 'nobody' }))).toBe('not_found')
    expect(await lines()).toHaveLength(6)
  })
})
