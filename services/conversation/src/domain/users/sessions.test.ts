import { randomUUID } from 'node:crypto'
import type { Actor, AuditEntry, Control } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { createUseCases } from '../use-cases.ts'

describeUseCases('sessions', (current) => {
  const withToken = (one: Actor, sessionId: string, issuedAt: number): Actor => ({ ...one, sessionId, issuedAt })
  const nowInSeconds = () => Math.floor(Date.now() / 1000)

  /** What becomes of calls of each kind: a send, its repeat, a read, what asks who one is, a mark, a socket. */
  const attempts = async (one: Actor, conversationId: string) => {
    const { chat, edge } = current()
    return Promise.all([
      codeOf(chat.sendMessage(one, { conversationId, content: 'x' })),
      codeOf(chat.sendMessage(one, { conversationId, content: 'first', clientId: 'first' })),
      codeOf(chat.listMessages(one, { conversationId })),
      codeOf(chat.getMe(one, {})),
      codeOf(chat.markRead(one, { conversationId, seq: 1 })),
      codeOf(edge.openSession(one, {})),
      codeOf(edge.requireToken(one, {})),
    ])
  }
  const all = (code: string) => Array.from({ length: 7 }, () => code)

  test('tokens of before a revocation do nothing more, by any way; those of after it do, and nobody else’s are touched', async () => {
    const { people, group, chat, admin, committed } = current()
    const { ana, ben } = people('ana', 'ben')
    const old = withToken(ben, 'phone', nowInSeconds() - 60)
    const id = await group(ana, ben)
    await chat.sendMessage(old, { conversationId: id, content: 'first', clientId: 'first' })
    expect(await attempts(old, id)).toEqual(all('ok'))
    const { revokedBefore } = await admin.revokeSessions(backendOf(ana), { userId: 'ben' })
    const before = committed.length
    expect(await attempts(old, id)).toEqual(all('unauthenticated'))
    expect(await attempts({ ...ben, sessionId: 'without a time' }, id)).toEqual(all('unauthenticated'))
    expect(committed).toHaveLength(before)
    expect(await attempts(withToken(ben, 'phone', Date.parse(revokedBefore!) / 1000), id)).toEqual(all('ok'))
    expect(await codeOf(chat.listMessages(withToken(ana, 'phone', 1), { conversationId: id }))).toBe('ok')
    // what Parley does in their name later, as a scheduled message, is by no token
    expect(await codeOf(chat.sendMessage(ben, { conversationId: id, content: 'x' }))).toBe('ok')
  })

  test('a session that is ended does nothing more, however new its tokens, and the others go on', async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const phone = withToken(ben, 'a phone, "sid" \\ 1', nowInSeconds())
    const laptop = withToken(ben, 'laptop', nowInSeconds())
    await chat.sendMessage(laptop, { conversationId: id, content: 'first', clientId: 'first' })
    await chat.endSession(laptop, { sessionId: phone.sessionId! })
    await chat.endSession(laptop, { sessionId: phone.sessionId! })
    expect(await attempts(phone, id)).toEqual(all('unauthenticated'))
    expect(await attempts({ ...phone, issuedAt: nowInSeconds() + 30 }, id)).toEqual(all('unauthenticated'))
    expect(await attempts(laptop, id)).toEqual(all('ok'))
    await chat.endSession(laptop, { sessionId: 'laptop' })
    expect(await codeOf(chat.endSession(laptop, { sessionId: 'phone' }))).toBe('unauthenticated')
  })

  test('gateways and replicas are told the whole of it, at once and when they ask, and the log says who did it', async () => {
    const { people, group, store, edge } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    await group(ana, ben)
    const told: Control[] = []
    const { admin, chat } = createUseCases({ store, newId: randomUUID, tell: (control) => void told.push(control) })
    const mia: Actor = { ...ana, userId: 'mia', role: 'admin', hostRole: 'admin' }
    const { revokedBefore } = await admin.revokeSessions(mia, { userId: 'ben', before: '2026-01-15T09:30:00.500Z' })
    expect(revokedBefore).toBe('2026-01-15T09:30:00.500Z')
    await admin.revokeSessions(backendOf(ana), { userId: 'ben', sessionId: 'tablet' })
    await chat.endSession(ben, { sessionId: 'phone' })
    const revocation = { revokedBefore, endedSessions: expect.toSatisfy((ids) => ids.sort().join() === 'phone,tablet') }
    expect(told.at(-1)).toEqual({ kind: 'tokens_revoked', tenantId, userId: 'ben', ...revocation })
    expect(await edge.disabledAmong(backendOf(ana), { userIds: ['ana', 'ben'] })).toEqual({
      userIds: [],
      revocations: [{ userId: 'ben', ...revocation }],
    })
    // who is about to tell somebody learns what their devices may not be told by
    const { audience } = current()
    const items = ['ana', 'ben'].map((userId) => ({ userId, conversationId: null, fromSeq: 1, toSeq: 1 }))
    expect((await audience.standingOf(backendOf(ana), { items })).revocations).toEqual([
      { userId: 'ben', ...revocation },
    ])
    expect(await audience.standingOf(backendOf(ana), { items: items.slice(0, 1) })).not.toHaveProperty('revocations')
    const { data } = await admin.listAudit(mia, {})
    expect(data.map(({ action, actorId, target }: AuditEntry) => [action, actorId, target])).toEqual([
      ['session.ended', 'ben', 'ben'],
      ['session.revoked', 'backend', 'ben'],
      ['sessions.revoked', 'mia', 'ben'],
    ])
  })

  test('another replica, which knew the token as a good one, refuses it when it hears of it', async () => {
    const { people, group, store, admin } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const id = await group(ana, ben)
    const other = createUseCases({ store, newId: randomUUID })
    const old = withToken(ben, 'phone', nowInSeconds() - 60)
    const look = () => codeOf(other.chat.listMessages(old, { conversationId: id }))
    expect(await look()).toBe('ok')
    const { revokedBefore } = await admin.revokeSessions(backendOf(ana), { userId: 'ben' })
    other.hear({ kind: 'tokens_revoked', tenantId, userId: 'ben', revokedBefore, endedSessions: [] })
    expect(await look()).toBe('unauthenticated')
  })

  test('is for admins and the backend, of somebody who is there, and takes no time that is long to come', async () => {
    const { people, group, admin } = current()
    const { ana, ben } = people('ana', 'ben')
    await group(ana, ben)
    const backend = backendOf(ana)
    expect(await codeOf(admin.revokeSessions(ana, { userId: 'ben' }))).toBe('forbidden')
    expect(await codeOf(admin.revokeSessions(backend, { userId: 'nobody' }))).toBe('not_found')
    const before = new Date(Date.now() + 3_600_000).toISOString()
    await expect(admin.revokeSessions(backend, { userId: 'ben', before })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer: '/before' }],
    })
  })

  test('a user sees where they are connected, with the session that asks marked', async () => {
    const { people, store } = current()
    const { ana } = people('ana')
    const session = { userAgent: 'Firefox', lastSeenAt: '2026-01-15T09:30:00.000Z', sockets: 1 }
    const { chat } = createUseCases({
      ...{ store, newId: randomUUID },
      sessionsOf: async (_tenantId, userId) => ({
        sessions: [
          { ...session, sessionId: `${userId}'s phone`, connectedAt: '2026-01-15T08:00:00.000Z' },
          { ...session, sessionId: 'laptop', connectedAt: '2026-01-15T09:00:00.000Z' },
        ],
        complete: true,
      }),
    })
    const { sessions, complete } = await chat.listSessions(withToken(ana, "ana's phone", nowInSeconds()), {})
    expect([complete, ...sessions.map((one) => [one.sessionId, one.current])]).toEqual([
      true,
      ['laptop', false],
      ["ana's phone", true],
    ])
  })
})
