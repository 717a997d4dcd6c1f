import { inspect } from 'node:util'
import type { Actor } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { backendOf, codeOf } from './callers.ts'
import type { ConformanceWorld } from './conformance-world.ts'

export function describePeople(current: () => ConformanceWorld): void {
  describe('people', () => {
    test('the host says who its users are; what it leaves out stays, null clears', async () => {
      const { people, host } = current()
      const { ana } = people('ana')
      const backend = backendOf(ana)
      const [first] = (
        await host.upsertUsers(backend, { users: [{ userId: 'zoe', name: 'Zoe', role: 'provider', locale: 'pt-BR' }] })
      ).data
      expect(first).toMatchObject({
        created: true,
        user: { userId: 'zoe', name: 'Zoe', role: 'provider', disabledAt: null },
      })
      const { data } = await host.upsertUsers(backend, {
        users: [
          { userId: 'zoe', locale: null, email: 'zoe@example.com' },
          { userId: 'ana', name: 'Ana' },
        ],
      })
      expect(data).toMatchObject([
        { created: false, user: { userId: 'zoe', name: 'Zoe', locale: null, email: 'zoe@example.com' } },
        { created: true, user: { userId: 'ana', name: 'Ana' } },
      ])
      const reserved = host.upsertUsers(backend, { users: [{ userId: 'ok' }, { userId: 'parley:system' }] })
      await expect(reserved).rejects.toMatchObject({ code: 'invalid_input' })
      await expect(host.getUser(backend, { userId: 'ok' })).rejects.toMatchObject({ code: 'not_found' })
      expect(await codeOf(host.upsertUsers(ana, { users: [{ userId: 'ana' }] }))).toBe('forbidden')
    })

    test("nobody writes to one of Parley's own ids, and not even the backend speaks as one", async () => {
      const { people, group, chat, host } = current()
      const { ana, ben } = people('ana', 'ben')
      const backend = backendOf(ana)
      const conversationId = await group(ana, ben)
      const createdAt = new Date().toISOString()
      const calls = [
        chat.sendMessage(ana, { to: 'parley:system', content: 'x' }),
        chat.sendMessage(backend, { conversationId, as: 'parley:system', content: 'x' }),
        host.importMessages(backend, {
          conversationId,
          messages: [{ senderId: 'parley:system', content: 'x', createdAt, clientId: '1' }],
        }),
      ]
      expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'invalid_input'))
      expect(await codeOf(host.getUser(backend, { userId: 'parley:system' }))).toBe('not_found')
    })

    test('a block stops neither who moderates nor, when it is of a moderator, the two who talk', async () => {
      const { people, chat, admin } = current()
      const { ana, ben } = people('ana', 'ben')
      const mia: Actor = { ...ana, userId: 'mia', role: 'admin' }
      const { conversationId } = (await chat.sendMessage(ana, { to: 'ben', content: 'hello' })).message
      await admin.joinConversation(mia, { conversationId })
      const codes = () =>
        Promise.all([ana, ben, mia].map((who) => codeOf(chat.sendMessage(who, { conversationId, content: 'x' }))))
      await chat.blockUser(ana, { userId: 'mia' })
      expect(await codes()).toEqual(['ok', 'ok', 'ok'])
      await chat.blockUser(ben, { userId: 'ana' })
      expect(await codes()).toEqual(['blocked', 'blocked', 'ok'])
      await chat.unblockUser(ben, { userId: 'ana' })
      expect(await codes()).toEqual(['ok', 'ok', 'ok'])
    })

    test('a fault of the database tells no log what people wrote', async () => {
      const { people, group, store, send } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      const { message } = await send(conversationId, ana, 'hello')
      const err = await store
        .transaction(ana.tenantId, (uow) =>
          uow.messages.write({
            ...{ id: message.id, conversationId, seq: 2, senderId: 'ana', type: 'text', clientId: '1', bodyHash: '' },
            ...{ content: 'in\nconfidence', payload: null, createdAt: null, imported: false },
          }),
        )
        .catch((thrown) => thrown)
      expect(inspect(err, { depth: 10 })).toContain('messages_id')
      expect(inspect(err, { depth: 10 })).not.toContain('confidence')
    })

    test('an admin makes no service of themself, and nobody locks themself out of the policy', async () => {
      const { people, admin } = current()
      const { ana } = people('ana')
      const mia: Actor = { ...ana, userId: 'mia', role: 'admin', hostRole: 'admin' }
      const backend: Actor = { ...backendOf(ana), hostRole: 'service' }
      expect(await codeOf(admin.setPolicy(mia, { roles: { admin: ['boss'], service: ['admin'] } }))).toBe('forbidden')
      expect(await codeOf(admin.setPolicy(mia, { roles: { admin: ['boss'] } }))).toBe('invalid_input')
      expect(await codeOf(admin.setPolicy(backend, { roles: { service: ['backend'] } }))).toBe('invalid_input')
      expect(await codeOf(admin.setPolicy(mia, { roles: { admin: ['admin', 'boss'] } }))).toBe('ok')
      expect(await codeOf(admin.setPolicy(backend, { roles: { service: ['service', 'backend'] } }))).toBe('ok')
      // unchanged words are no change
      expect(await codeOf(admin.setPolicy(mia, { roles: { service: ['service', 'backend'] } }))).toBe('ok')
      expect(await codeOf(admin.setPolicy(mia, {}))).toBe('forbidden')
    })

    test('what no entry, cursor or status can hold is refused, not a fault of ours', async () => {
      const { people, admin, chat } = current()
      const { ana } = people('ana')
      const mia: Actor = { ...ana, userId: 'mia', role: 'admin' }
      const cursor = (...fields: string[]) => Buffer.from(JSON.stringify(fields)).toString('base64url')
      const statuses = (status: string) =>
        admin.setPolicy(mia, {
          contexts: {
            booking: { conversation: 'one', starters: null, statuses: { [status]: { conversation: 'closed' } } },
          },
        })
      const calls = [
        statuses('a\0'),
        statuses('\ud800'),
        admin.listAudit(mia, { target: 'a\0' }),
        admin.listAudit(mia, { action: '\0' }),
        ...['abc', '9'.repeat(30), '1-1'].map((id) => admin.listAudit(mia, { cursor: cursor(id) })),
        admin.listReports(mia, { cursor: cursor('123') }),
        chat.listConversations(ana, { cursor: cursor('2020-01-01T00:00:00.1Z', '-'.repeat(36)) }),
        chat.listConversations(ana, {
          cursor: cursor('0000-01-01T00:00:00.1Z', '01900000-0000-7000-8000-000000000000'),
        }),
      ]
      expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'invalid_input'))
    })

    test('a block stops both in their direct conversation and nowhere else; taking it back lets them write again', async () => {
      const { people, group, chat } = current()
      const { ana, ben } = people('ana', 'ben')
      const inGroup = await group(ana, ben)
      const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
      const { conversationId, id: messageId } = message
      const codes = () =>
        Promise.all([ana, ben].map((who) => codeOf(chat.sendMessage(who, { conversationId, content: 'x' }))))
      await chat.blockUser(ben, { userId: 'ana' })
      expect(await codes()).toEqual(['blocked', 'blocked'])
      // nor by way of an earlier message, which can still be taken back
      expect(await codeOf(chat.editMessage(ana, { messageId, content: 'and another thing' }))).toBe('blocked')
      expect(await codeOf(chat.deleteMessage(ana, { messageId }))).toBe('ok')
      await chat.sendMessage(ana, { conversationId: inGroup, content: 'here I may' })
      expect((await chat.listBlocks(ben, {})).data.map(({ userId }) => userId)).toEqual(['ana'])
      expect((await chat.listBlocks(ana, {})).data).toEqual([])
      await chat.blockUser(ana, { userId: 'ben' })
      await chat.unblockUser(ben, { userId: 'ana' })
      expect(await codes()).toEqual(['blocked', 'blocked'])
      await chat.unblockUser(ana, { userId: 'ben' })
      expect(await codes()).toEqual(['ok', 'ok'])
      // they go on reading what was said
      expect((await chat.listMessages(ana, { conversationId })).data).toHaveLength(3)
    })

    test('a moderator who has come into a conversation of two goes on writing when one blocks the other', async () => {
      const { chat, admin, people } = current()
      const { ana, ben, joe } = people('ana', 'ben', 'joe')
      const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
      const { conversationId } = message
      const moderator = { ...joe, role: 'admin' as const }
      await admin.joinConversation(moderator, { conversationId })
      await chat.blockUser(ben, { userId: 'ana' })
      expect(await codeOf(chat.sendMessage(ana, { conversationId, content: 'x' }))).toBe('blocked')
      expect(await codeOf(chat.sendMessage(moderator, { conversationId, content: 'Calm down' }))).toBe('ok')
    })

    test('who has blocked somebody is not written to by a new conversation', async () => {
      const { people, group, chat } = current()
      const { ana, ben, eve } = people('ana', 'ben', 'eve')
      await group(ana, ben)
      await chat.blockUser(ana, { userId: 'ben' })
      expect(await codeOf(chat.sendMessage(ben, { to: 'ana', content: 'x' }))).toBe('blocked')
      expect(await codeOf(chat.blockUser(ana, { userId: eve.userId }))).toBe('not_found')
      expect(await codeOf(chat.blockUser(ana, { userId: 'ana' }))).toBe('invalid_input')
    })

    test('a user is known to those they share a conversation with, and to admins', async () => {
      const { people, group, chat } = current()
      const { ana, ben, eve } = people('ana', 'ben', 'eve')
      const id = await group(ana, ben)
      await chat.getMe({ ...ben, name: 'Ben' }, {})
      expect(await chat.getUser(ana, { userId: 'ben' })).toEqual({ userId: 'ben', name: 'Ben', avatarUrl: null })
      const admin = { ...eve, role: 'admin' as const }
      expect(await codeOf(chat.getUser(eve, { userId: 'ben' }))).toBe('not_found')
      expect(await codeOf(chat.getUser(admin, { userId: 'ben' }))).toBe('ok')
      await chat.removeParticipant(ana, { conversationId: id, userId: 'ben' })
      expect(await codeOf(chat.getUser(ana, { userId: 'ben' }))).toBe('not_found')
    })

    test('whoever is disabled does nothing more, until they are enabled', async () => {
      const { people, group, chat, host } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      const backend = backendOf(ana)
      await host.disableUser(backend, { userId: 'ben' })
      const attempts = () =>
        Promise.all([
          codeOf(chat.sendMessage(ben, { conversationId: id, content: 'x' })),
          codeOf(chat.listMessages(ben, { conversationId: id })),
          codeOf(chat.getMe(ben, {})),
          codeOf(chat.sync(ben, { cursors: [] })),
        ])
      expect(await attempts()).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden'])
      await host.enableUser(backend, { userId: 'ben' })
      expect(await attempts()).toEqual(['ok', 'ok', 'ok', 'ok'])
      expect(await codeOf(host.disableUser(backend, { userId: 'nobody' }))).toBe('not_found')
      expect(await codeOf(host.disableUser(ana, { userId: 'ben' }))).toBe('forbidden')
    })

    test('whoever is disabled sends nothing by any way, repeats nothing, and starts no conversation', async () => {
      const { people, group, chat, host, committed } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      await chat.sendMessage(ben, { conversationId: id, content: 'x', clientId: 'k' })
      await host.upsertContexts(backendOf(ana), {
        contexts: [{ type: 'booking', id: '7', members: [{ userId: 'ben', role: 'customer' }] }],
      })
      await host.disableUser(backendOf(ana), { userId: 'ben' })
      const before = committed.length
      const attempts = [
        { conversationId: id, content: 'x', clientId: 'k' },
        { conversationId: '01900000-0000-7000-8000-000000000000', content: 'x' },
        { to: 'ana', content: 'x' },
        { context: { type: 'booking', id: '7' }, content: 'x' },
        { conversationId: id, content: 'x', as: 'ana' },
        { conversationId: id, content: 'x', type: 'system' as const },
      ]
      for (const input of attempts)
        await expect(chat.sendMessage(ben, input)).rejects.toMatchObject({
          code: 'forbidden',
          message: 'This account is disabled',
        })
      expect(committed).toHaveLength(before)
    })

    test('ids that are Parley’s own are nobody to write to, as or by', async () => {
      const { people, group, chat, host } = current()
      const { ana } = people('ana')
      const conversationId = await group(ana)
      const backend = backendOf(ana)
      const content = 'x'
      for (const userId of ['parley:system', 'parley:anybody']) {
        const message = { senderId: userId, content, createdAt: '2020-01-01T00:00:00Z', clientId: userId }
        expect(await codeOf(chat.sendMessage(ana, { to: userId, content }))).toBe('invalid_input')
        expect(await codeOf(chat.sendMessage(backend, { to: userId, content }))).toBe('invalid_input')
        expect(await codeOf(chat.sendMessage(backend, { conversationId, as: userId, content }))).toBe('invalid_input')
        expect(await codeOf(host.importMessages(backend, { conversationId, messages: [message] }))).toBe(
          'invalid_input',
        )
      }
    })

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
      expect(await codeOf(chat.report(ana, { userId: 'ben', conversationId: id, reason: 'spam' }))).toBe(
        'invalid_input',
      )
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
}
