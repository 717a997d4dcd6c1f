import { inspect } from 'node:util'
import type { Actor } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { type ConformanceWorld, upTo } from './conformance-world.ts'

const backendOf = (one: Actor): Actor => ({ ...one, userId: 'backend', role: 'service' })
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (err) => err.code,
  )

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

  describe('groups', () => {
    test('owners do everything, moderators look after members, members and observers nothing', async () => {
      const { people, group, chat } = current()
      const { ana, ben, joe, eve } = people('ana', 'ben', 'joe', 'eve')
      const conversationId = await group(ana, ben, joe)
      await chat.updateParticipant(ana, { conversationId, userId: 'ben', role: 'moderator' })
      await chat.updateParticipant(ana, { conversationId, userId: 'joe', role: 'observer' })
      const add = (who: Actor, userId: string, role?: 'member' | 'observer' | 'moderator' | 'owner') =>
        codeOf(chat.addParticipant(who, { conversationId, userId, ...(role && { role }) }))
      expect(await add(ben, 'eve')).toBe('ok')
      expect([await add(ben, 'kim', 'moderator'), await add(eve, 'kim'), await add(joe, 'kim')]).toEqual([
        'forbidden',
        'forbidden',
        'forbidden',
      ])
      const remove = (who: Actor, userId: string) => codeOf(chat.removeParticipant(who, { conversationId, userId }))
      expect([await remove(ben, 'ana'), await remove(eve, 'joe'), await remove(ben, 'nobody')]).toEqual([
        'forbidden',
        'forbidden',
        'not_found',
      ])
      const update = (who: Actor) => codeOf(chat.updateConversation(who, { conversationId, title: `by ${who.userId}` }))
      expect([await update(ana), await update(ben), await update(eve), await update(joe)]).toEqual([
        'ok',
        'ok',
        'forbidden',
        'forbidden',
      ])
      expect(await codeOf(chat.sendMessage(joe, { conversationId, content: 'x' }))).toBe('forbidden')
      expect(await codeOf(chat.sendMessage(eve, { conversationId, content: 'x' }))).toBe('ok')
      expect(await codeOf(chat.updateParticipant(ben, { conversationId, userId: 'eve', role: 'observer' }))).toBe(
        'forbidden',
      )
      expect(await codeOf(chat.updateParticipant(ana, { conversationId, userId: 'ana', role: 'member' }))).toBe(
        'invalid_input',
      )
      expect(await remove(ben, 'eve')).toBe('ok')
      expect((await chat.getConversation(joe, { conversationId })).title).toBe('by ben')
    })

    test('title, picture and metadata are changed one by one, and told', async () => {
      const { people, group, chat, committed } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      committed.length = 0
      const pictureUrl = 'https://pictures.example/1.png'
      await chat.updateConversation(ana, { conversationId, pictureUrl })
      await chat.updateConversation(ana, { conversationId, metadata: { stand: 14 } })
      expect(await chat.getConversation(ben, { conversationId })).toMatchObject({
        title: 'A group',
        pictureUrl,
        metadata: { stand: 14 },
      })
      expect(committed.flatMap(({ changes }) => changes.flatMap(({ type, live }) => [type, live[0]!.event]))).toEqual([
        'conversation.updated',
        'conversation_updated',
        'conversation.updated',
        'conversation_updated',
      ])
    })

    test('late joiners see what the policy says, and whoever comes back what is said from then on', async () => {
      const { people, group, chat, admin, send } = current()
      const { ana, joe, eve } = people('ana', 'joe', 'eve')
      const id = await group(ana)
      const add = (who: Actor) => chat.addParticipant(ana, { conversationId: id, userId: who.userId })
      const shown = async (who: Actor) =>
        (await chat.listMessages(who, { conversationId: id })).data.map(({ content }) => content)
      await send(id, ana, 'one')
      await add(joe)
      await send(id, ana, 'two')
      await admin.setPolicy(backendOf(ana), { groups: { history: 'all' } })
      await add(eve)
      expect([await shown(joe), await shown(eve)]).toEqual([['two'], ['one', 'two']])
      await chat.removeParticipant(eve, { conversationId: id, userId: 'eve' })
      await send(id, ana, 'three')
      await add(eve)
      await send(id, ana, 'four')
      expect(await shown(eve)).toEqual(['four'])
      expect(await chat.getUnreadCount(eve, { conversationId: id })).toEqual({ unreadCount: 1 })
    })

    test('no more people than the policy allows, and only those create groups who may', async () => {
      const { people, chat, admin } = current()
      const { ana } = people('ana')
      await admin.setPolicy(backendOf(ana), {
        groups: { maxParticipants: 3 },
        conversations: { group: ['staff'], direct: [{ from: 'staff', to: '*' }] },
      })
      const staff = { ...ana, hostRole: 'staff' }
      const create = (who: Actor, ...ids: string[]) =>
        codeOf(
          chat.createConversation(who, { kind: 'group', title: 't', participants: ids.map((userId) => ({ userId })) }),
        )
      expect(await create({ ...ana, hostRole: 'customer' }, 'b')).toBe('forbidden')
      expect([await create(staff, 'b', 'c'), await create(staff, 'b', 'c', 'd')]).toEqual(['ok', 'invalid_input'])
      expect(await codeOf(chat.sendMessage({ ...ana, hostRole: 'customer' }, { to: 'b', content: 'x' }))).toBe(
        'forbidden',
      )
      const { message } = await chat.sendMessage(staff, { to: 'b', content: 'hello' })
      const answer = { ...ana, userId: 'b', hostRole: 'customer' }
      expect(await codeOf(chat.sendMessage(answer, { to: 'ana', content: 'I may answer' }))).toBe('ok')
      expect(await codeOf(chat.sendMessage(answer, { conversationId: message.conversationId, content: 'x' }))).toBe(
        'ok',
      )
    })

    test('the last owner’s leaving makes the longest-standing participant who writes one, and that is told', async () => {
      const { people, group, chat, committed } = current()
      const { ana, ben, joe } = people('ana', 'ben', 'joe')
      const conversationId = await group(ana, joe)
      await chat.updateParticipant(ana, { conversationId, userId: 'joe', role: 'observer' })
      await chat.addParticipant(ana, { conversationId, userId: 'ben' })
      committed.length = 0
      await chat.removeParticipant(ana, { conversationId, userId: 'ana' })
      expect((await chat.getConversation(ben, { conversationId })).participants).toMatchObject([
        { userId: 'joe', role: 'observer' },
        { userId: 'ben', role: 'owner' },
      ])
      expect(committed.flatMap(({ changes }) => changes.map(({ type, head }) => [type, head.rev]))).toEqual([
        ['participant.left', 4],
        ['participant.updated', 5],
      ])
    })
  })

  describe('the host’s backend', () => {
    test('sends as a user without reading for them, and as the system, also where nobody may write', async () => {
      const { people, group, chat, admin, send } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      const backend = backendOf(ana)
      await send(conversationId, ben, 'unread by ana')
      const { message } = await chat.sendMessage(backend, {
        conversationId,
        as: 'ana',
        content: 'in her name',
        clientId: 'k',
      })
      expect([message.senderId, message.seq]).toEqual(['ana', 2])
      expect(await chat.getUnreadCount(ana, { conversationId })).toEqual({ unreadCount: 1 })
      await chat.sendMessage(ana, { conversationId, content: 'she herself' })
      expect(await chat.getUnreadCount(ana, { conversationId })).toEqual({ unreadCount: 0 })
      await admin.setConversationStatus(backend, { conversationId, status: 'closed' })
      const note = await chat.sendMessage(backend, { conversationId, type: 'system', content: 'Refunded' })
      expect(note.message).toMatchObject({ type: 'system', senderId: 'parley:system' })
      expect(await codeOf(chat.sendMessage(backend, { conversationId, as: 'ana', content: 'x' }))).toBe(
        'conversation_closed',
      )
      expect(await codeOf(chat.sendMessage(ana, { conversationId, as: 'ben', content: 'x' }))).toBe('forbidden')
      expect(await codeOf(chat.sendMessage(ana, { conversationId, type: 'system', content: 'x' }))).toBe('forbidden')
      expect(await codeOf(chat.sendMessage(backend, { conversationId, as: 'eve', content: 'x' }))).toBe('not_found')
      expect(await chat.getTotalUnreadCount(ben, {})).toEqual({ unreadCount: 2 })
    })

    test('reads how much a user has not read', async () => {
      const { people, chat, host } = current()
      const { ana, ben } = people('ana', 'ben')
      await chat.sendMessage(ana, { to: 'ben', content: 'one' })
      await chat.sendMessage(ana, { to: 'ben', content: 'two' })
      expect(await host.getUserUnread(backendOf(ana), { userId: ben.userId })).toEqual({ unreadCount: 2 })
      expect(await codeOf(host.getUserUnread(ana, { userId: 'ben' }))).toBe('forbidden')
      expect(await codeOf(host.getUserUnread(backendOf(ana), { userId: 'nobody' }))).toBe('not_found')
    })

    test('brings in history once, in order, with its times, read by whoever had read everything', async () => {
      const { people, group, chat, host } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      const backend = backendOf(ana)
      const at = (n: number) => `2020-05-0${n}T10:00:00.000Z`
      const old = upTo(4).map((n) => ({
        senderId: n % 2 ? 'ana' : 'zoe',
        content: `old ${n}`,
        createdAt: at(n),
        clientId: `old-${n}`,
      }))
      const first = await host.importMessages(backend, { conversationId, messages: old.slice(0, 3) })
      expect(first.data.map(({ created }) => created)).toEqual([true, true, true])
      const second = await host.importMessages(backend, { conversationId, messages: old })
      expect(second.data.map(({ created }) => created)).toEqual([false, false, false, true])
      const { data } = await chat.listMessages(ben, { conversationId })
      expect(data.map(({ seq, content, createdAt, imported }) => [seq, content, createdAt, imported])).toEqual(
        upTo(4).map((n) => [n, `old ${n}`, at(n), true]),
      )
      expect(await chat.getUnreadCount(ben, { conversationId })).toEqual({ unreadCount: 0 })
      await chat.sendMessage(ana, { conversationId, content: 'new' })
      const refused = [
        [{ ...old[0]!, clientId: 'late' }, 'invalid_input'],
        [{ ...old[0]!, content: 'other words' }, 'key_reused'],
        [{ ...old[0]!, clientId: 'future', createdAt: '2999-01-01T00:00:00Z' }, 'invalid_input'],
      ] as const
      for (const [message, code] of refused)
        expect(await codeOf(host.importMessages(backend, { conversationId, messages: [message] }))).toBe(code)
      expect(await codeOf(host.importMessages(ana, { conversationId, messages: old }))).toBe('forbidden')
      expect((await chat.listMessages(ben, { conversationId })).data).toHaveLength(5)
    })
  })

  describe('policy', () => {
    test('edits and deletions end with their windows, and lengths and types are what the tenant says', async () => {
      const { people, chat, admin, asOwner } = current()
      const { ana } = people('ana')
      const backend = backendOf(ana)
      const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
      const edit = () => codeOf(chat.editMessage(ana, { messageId: message.id, content: `now ${Math.random()}` }))
      const remove = () => codeOf(chat.deleteMessage(ana, { messageId: message.id }))
      expect(await edit()).toBe('ok')
      await asOwner(`UPDATE messages SET created_at = created_at - interval '25 hours' WHERE id = $1`, [message.id])
      expect(await edit()).toBe('edit_window_closed')
      await admin.setPolicy(backend, { messages: { editWindowSeconds: null, deleteWindowSeconds: 60, maxLength: 5 } })
      expect(await edit()).toBe('invalid_input')
      expect(await codeOf(chat.editMessage(ana, { messageId: message.id, content: 'short' }))).toBe('ok')
      expect(await remove()).toBe('edit_window_closed')
      expect(await codeOf(chat.sendMessage(ana, { to: 'ben', content: '123456' }))).toBe('invalid_input')
      await admin.setPolicy(backend, { messages: { types: [] } })
      expect(await codeOf(chat.sendMessage(ana, { to: 'ben', content: 'x' }))).toBe('invalid_input')
      expect(await remove()).toBe('ok')
    })

    test('the words of tokens become admins and backends as the tenant says', async () => {
      const { people, admin } = current()
      const { ana } = people('ana')
      const word = (hostRole: string): Actor => ({ ...ana, hostRole })
      const mayRead = (actor: Actor) => codeOf(admin.getPolicy(actor, {}))
      expect([await mayRead(word('admin')), await mayRead(word('staff'))]).toEqual(['ok', 'forbidden'])
      await admin.setPolicy(backendOf(ana), { roles: { admin: ['staff'] } })
      expect([await mayRead(word('admin')), await mayRead(word('staff')), await mayRead(word('service'))]).toEqual([
        'forbidden',
        'ok',
        'ok',
      ])
      const both = admin.setPolicy(backendOf(ana), { roles: { admin: ['x'], service: ['x'] } })
      expect(await codeOf(both)).toBe('invalid_input')
    })

    test('fetching the latest page reads it where the tenant says so', async () => {
      const { people, chat, admin } = current()
      const { ana, ben } = people('ana', 'ben')
      const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
      const { conversationId } = message
      const unread = async () => (await chat.getUnreadCount(ben, { conversationId })).unreadCount
      await chat.listMessages(ben, { conversationId })
      expect(await unread()).toBe(1)
      await admin.setPolicy(backendOf(ana), { messages: { readOnFetch: true } })
      await chat.listMessages(ben, { conversationId })
      await expect.poll(unread).toBe(0)
    })

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
  })
}
