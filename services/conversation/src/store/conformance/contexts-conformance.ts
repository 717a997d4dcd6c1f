import type { Actor, ContextMember, PolicySettings, UpsertContext } from '@parley/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backendOf } from './callers.ts'
import { type ConformanceWorld, upTo } from './conformance-world.ts'

const members = (...people: [userId: string, role: string][]): ContextMember[] =>
  people.map(([userId, role]) => ({ userId, role }))
const both = members(['ana', 'customer'], ['ben', 'provider'])

const rules: PolicySettings = {
  contexts: {
    booking: {
      conversation: 'one',
      starters: ['customer', 'provider'],
      statuses: {
        done: { conversation: 'read_only', reason: 'completed' },
        warranty: { conversation: 'closed', reason: 'warranty_over', afterSeconds: 3_600 },
        cancelled: { conversation: 'closed' },
      },
    },
    contract: { conversation: 'per_pair', starters: null, statuses: {} },
    milestone: { conversation: 'of_parent', starters: null, statuses: {} },
  },
  groups: { history: 'all' },
}

export function describeContexts(current: () => ConformanceWorld): void {
  describe('contexts', () => {
    const scene = async () => {
      const world = current()
      const { tenantId, ana, ben, joe, eve } = world.people('ana', 'ben', 'joe', 'eve')
      const host = backendOf(ana)
      await world.admin.setPolicy(host, rules)
      const put = async (context: Partial<UpsertContext>) => {
        const { data } = await world.host.upsertContexts(host, {
          contexts: [{ type: 'booking', id: '7', members: both, ...context }],
        })
        return data[0]!
      }
      const say = (who: Actor, content: string, id = '7') =>
        world.chat.sendMessage(who, { context: { type: 'booking', id }, content })
      const seen = async (who: Actor, conversationId: string) =>
        (await world.chat.listMessages(who, { conversationId, limit: 100 })).data.map(({ content }) => content)
      return { ...world, tenantId, ana, ben, joe, eve, backend: host, put, say, seen }
    }

    test('the first message starts the conversation of all members; the others answer in it, an outsider learns nothing', async () => {
      const { put, say, ana, ben, eve, chat, seen } = await scene()
      await expect(say(ana, 'too early')).rejects.toMatchObject({ code: 'not_found' })
      await put({ title: 'Deep clean', status: 'confirmed' })
      const ref = { type: 'booking', id: '7' }
      await expect(chat.findContextConversation(ana, ref)).rejects.toMatchObject({ code: 'not_found' })
      const [one, two] = await Promise.all([say(ana, 'hello'), say(ben, 'hi')])
      expect(one.message.conversationId).toBe(two.message.conversationId)
      const { conversationId } = one.message
      expect((await seen(ben, conversationId)).sort()).toEqual(['hello', 'hi'])
      expect(await chat.findContextConversation(ben, ref)).toMatchObject({
        id: conversationId,
        kind: 'context',
        context: { type: 'booking', id: '7', title: 'Deep clean', status: 'confirmed', parent: null },
        participants: [
          { userId: 'ana', role: 'customer' },
          { userId: 'ben', role: 'provider' },
        ],
      })
      const refused = [
        say(eve, 'x'),
        chat.findContextConversation(eve, ref),
        chat.openContextConversation(eve, ref),
        chat.openContextConversation(eve, { type: 'booking', id: 'none' }),
      ]
      const outcomes = await Promise.allSettled(refused)
      expect(outcomes.map((o) => o.status === 'rejected' && [o.reason.code, o.reason.message])).toEqual(
        refused.map(() => ['not_found', 'No such context']),
      )
    })

    test('only the roles that may start it start it; everybody in it answers', async () => {
      const { put, say, ana, joe } = await scene()
      await put({ members: [...both, { userId: 'joe', role: 'viewer' }] })
      await expect(say(joe, 'may I?')).rejects.toMatchObject({ code: 'forbidden' })
      // what refuses the one does not refuse the other who asks in the same moment
      const [refused, started] = await Promise.allSettled([say(joe, 'may I now?'), say(ana, 'hello')])
      expect([refused, started]).toMatchObject([{ reason: { code: 'forbidden' } }, { status: 'fulfilled' }])
      await say(joe, 'I may answer')
    })

    test('a backend starts nothing in the name of who is no member', async () => {
      const { put, chat, backend, host, committed } = await scene()
      await put({})
      await host.upsertUsers(backend, { users: [{ userId: 'zoe' }, { userId: backend.userId }] })
      const before = committed.length
      const context = { type: 'booking', id: '7' }
      for (const who of [{ as: 'zoe' }, {}])
        await expect(chat.sendMessage(backend, { context, content: 'x', ...who })).rejects.toMatchObject({
          code: 'not_found',
        })
      expect(committed).toHaveLength(before)
      await chat.sendMessage(backend, { context, content: 'Booked', type: 'system' })
    })

    test('an upsert brings people in and takes them out; who comes back sees nothing of the time between', async () => {
      const { put, say, ana, ben, joe, chat, seen } = await scene()
      await put({ version: 1 })
      const { message } = await say(ana, 'one')
      const { conversationId } = message
      await put({ version: 2, members: members(['ana', 'customer'], ['joe', 'provider']) })
      await say(ana, 'two')
      await expect(seen(ben, conversationId)).rejects.toMatchObject({ code: 'not_found' })
      await expect(say(ben, 'x')).rejects.toMatchObject({ code: 'not_found' })
      // history is for everybody who comes for the first time, as the policy says
      expect(await seen(joe, conversationId)).toEqual(['one', 'two'])
      await put({ version: 3, members: [...both, { userId: 'joe', role: 'helper' }] })
      await say(ana, 'three')
      expect(await seen(ben, conversationId)).toEqual(['three'])
      const { data } = await chat.listParticipants(ana, { conversationId })
      expect(data.map(({ userId, role }) => [userId, role])).toEqual([
        ['ana', 'customer'],
        ['ben', 'provider'],
        ['joe', 'helper'],
      ])
    })

    test('more people than one transaction lets in come all the same', async () => {
      const { put, say, ana, chat } = await scene()
      await put({ version: 1 })
      const { message } = await say(ana, 'hello')
      const crew = upTo(120).map((n): ContextMember => ({ userId: `crew-${n}`, role: 'crew' }))
      await put({ version: 2, members: [...both, ...crew] })
      expect(await chat.getConversation(ana, { conversationId: message.conversationId })).toMatchObject({
        participantCount: 122,
      })
      await put({ version: 3 })
      expect(await chat.getConversation(ana, { conversationId: message.conversationId })).toMatchObject({
        participantCount: 2,
      })
    })

    test('a status makes it read-only or closes it, with the reason and a mark; another opens it again', async () => {
      const { put, say, ana, chat, seen } = await scene()
      await put({ version: 1 })
      const { message } = await say(ana, 'hello')
      const { conversationId } = message
      const status = async () => {
        const found = await chat.getConversation(ana, { conversationId })
        return [found.status, found.statusReason, found.context?.status]
      }
      await put({ version: 2, status: 'done' })
      expect(await status()).toEqual(['read_only', 'completed', 'done'])
      await expect(say(ana, 'x')).rejects.toMatchObject({ code: 'conversation_read_only' })
      const edit = chat.editMessage(ana, { messageId: message.id, content: 'y' })
      await expect(edit).rejects.toMatchObject({ code: 'conversation_read_only' })
      await put({ version: 3, status: 'cancelled' })
      expect(await status()).toEqual(['closed', 'cancelled', 'cancelled'])
      await expect(say(ana, 'x')).rejects.toMatchObject({ code: 'conversation_closed' })
      await put({ version: 4, status: 'confirmed' })
      expect(await status()).toEqual(['active', null, 'confirmed'])
      await say(ana, 'we go on')
      const { data } = await chat.listMessages(ana, { conversationId })
      expect(data.map(({ type, senderId, payload }) => [type, senderId, payload])).toEqual([
        ['text', 'ana', null],
        ['system', 'parley:system', { event: 'conversation_status', status: 'read_only', reason: 'completed' }],
        ['system', 'parley:system', { event: 'conversation_status', status: 'closed', reason: 'cancelled' }],
        ['system', 'parley:system', { event: 'conversation_status', status: 'active', reason: null }],
        ['text', 'ana', null],
      ])
      expect(await seen(ana, conversationId)).toHaveLength(5)
    })

    test('one that is closed before anybody wrote is not started', async () => {
      const { put, say, ana } = await scene()
      await put({ status: 'cancelled' })
      await expect(say(ana, 'x')).rejects.toMatchObject({ code: 'conversation_closed' })
    })

    test('a time of grace runs out by itself: nobody writes from that moment on, and the mark comes once', async () => {
      const { put, say, ana, chat, asOwner, endConversations } = await scene()
      await put({ version: 1 })
      const { conversationId } = (await say(ana, 'hello')).message
      await put({ version: 2, status: 'warranty' })
      const open = await chat.getConversation(ana, { conversationId })
      expect([open.status, Date.parse(open.closesAt!) > Date.now() + 3_500_000]).toEqual(['active', true])
      await say(ana, 'in time')
      // the same status said again does not begin the time anew
      await put({ version: 3, status: 'warranty', title: 'Another title' })
      expect((await chat.getConversation(ana, { conversationId })).closesAt).toBe(open.closesAt)
      await asOwner(`UPDATE conversations SET closes_at = now() - interval '1 second' WHERE id = $1`, [conversationId])
      await expect(say(ana, 'too late')).rejects.toMatchObject({ code: 'conversation_closed' })
      await Promise.all([endConversations(), endConversations()])
      expect(await endConversations()).toBe(0)
      const closed = await chat.getConversation(ana, { conversationId })
      expect([closed.status, closed.statusReason, closed.closesAt]).toEqual(['closed', 'warranty_over', null])
      const { data } = await chat.listMessages(ana, { conversationId })
      expect(data.map(({ content }) => content)).toEqual(['hello', 'in time', 'This conversation is closed'])
    })

    test('what an admin has closed its context does not open; what an admin opens goes by its context again', async () => {
      const { put, say, ana, chat, admin, backend } = await scene()
      await put({ version: 1 })
      const { conversationId } = (await say(ana, 'hello')).message
      await admin.setConversationStatus(backend, { conversationId, status: 'closed', reason: 'fraud' })
      await put({ version: 2, status: 'confirmed' })
      expect(await chat.getConversation(ana, { conversationId })).toMatchObject({
        status: 'closed',
        statusReason: 'fraud',
      })
      await admin.setConversationStatus(backend, { conversationId, status: 'active' })
      await say(ana, 'thank you')
      // opened against its context, it stays open while the context says nothing new
      await put({ version: 3, status: 'done' })
      await admin.setConversationStatus(backend, { conversationId, status: 'active' })
      await put({ version: 4, status: 'done', title: 'Another title' })
      await say(ana, 'still open')
      await put({ version: 5, status: 'confirmed' })
      await put({ version: 6, status: 'done' })
      expect(await chat.getConversation(ana, { conversationId })).toMatchObject({ status: 'read_only' })
    })

    test('a conversation per pair, and a milestone that shares its contract’s', async () => {
      const { host, chat, ana, ben, joe, eve, backend } = await scene()
      const people = members(['ana', 'client'], ['ben', 'freelancer'], ['joe', 'freelancer'])
      await host.upsertContexts(backend, {
        contexts: [
          { type: 'contract', id: 'c', members: people },
          { type: 'milestone', id: 'm', parent: { type: 'contract', id: 'c' }, members: [] },
        ],
      })
      const contract = { type: 'contract', id: 'c' }
      await expect(chat.openContextConversation(ana, contract)).rejects.toMatchObject({ code: 'invalid_input' })
      const withBen = await chat.openContextConversation(ana, { ...contract, userId: 'ben' })
      const withJoe = await chat.sendMessage(ana, { context: contract, to: 'joe', content: 'hi' })
      expect(withBen.created).toBe(true)
      expect(withJoe.message.conversationId).not.toBe(withBen.conversation.id)
      const again = await chat.openContextConversation(ben, { ...contract, userId: 'ana' })
      expect([again.created, again.conversation.id]).toEqual([false, withBen.conversation.id])
      expect(again.conversation.participants.map(({ userId }) => userId)).toEqual(['ana', 'ben'])
      const ofMilestone = await chat.openContextConversation(joe, { type: 'milestone', id: 'm', userId: 'ana' })
      expect(ofMilestone.conversation.id).toBe(withJoe.message.conversationId)
      for (const other of ['eve', 'nobody'])
        await expect(chat.openContextConversation(ana, { ...contract, userId: other })).rejects.toMatchObject({
          code: 'not_found',
        })
      await expect(chat.openContextConversation(eve, { ...contract, userId: 'ana' })).rejects.toMatchObject({
        code: 'not_found',
      })
    })

    test('a backend that writes for one pair after another reaches each pair', async () => {
      const { host, chat, backend } = await scene()
      const people = members(['ana', 'client'], ['ben', 'freelancer'], ['joe', 'freelancer'])
      await host.upsertUsers(backend, { users: people.map(({ userId }) => ({ userId })) })
      await host.upsertContexts(backend, { contexts: [{ type: 'contract', id: 'c', members: people }] })
      const context = { type: 'contract', id: 'c' }
      const sent = []
      for (const as of ['ana', 'joe'])
        sent.push(await chat.sendMessage(backend, { context, as, to: 'ben', content: as }))
      expect(sent.map(({ message }) => message.senderId)).toEqual(['ana', 'joe'])
      expect(new Set(sent.map(({ message }) => message.conversationId)).size).toBe(2)
    })

    test('versions in any order, any of them repeated, end in the same state', async () => {
      const { host, chat, backend, ana } = await scene()
      const states = upTo(5).map((version) => ({
        version,
        title: `title ${version}`,
        status: ['confirmed', 'done', 'warranty', 'cancelled', 'confirmed'][version - 1]!,
        members: [...both, ...(version % 2 ? [{ userId: 'joe', role: `role ${version}` }] : [])],
      }))
      let n = 0
      const order = fc
        .shuffledSubarray([...states, ...states], { minLength: 5 })
        .filter((some) => some.some(({ version }) => version === 5))
      await fc.assert(
        fc.asyncProperty(order, fc.nat(3), async (some, startAt) => {
          const id = `order-${n++}`
          const put = (state: (typeof states)[number]) =>
            host.upsertContexts(backend, { contexts: [{ type: 'booking', id, ...state }] })
          await put({ ...states[0]! })
          const { conversation } = await chat.openContextConversation(ana, { type: 'booking', id })
          for (const state of some.slice(0, startAt)) await put(state)
          // the rest at once, as two ways in would bring them
          await Promise.all(some.slice(startAt).map(put))
          const end = await chat.getConversation(ana, { conversationId: conversation.id })
          expect(end).toMatchObject({
            status: 'active',
            closesAt: null,
            context: { title: 'title 5', status: 'confirmed' },
          })
          expect(end.participants.map(({ userId, role }) => [userId, role]).sort()).toEqual([
            ['ana', 'customer'],
            ['ben', 'provider'],
            ['joe', 'role 5'],
          ])
        }),
        { numRuns: 8, seed: 5 },
      )
    })

    test('whom the backend speaks for decides which conversation of a pair it is', async () => {
      const { put, host, backend, chat } = await scene()
      await host.upsertUsers(backend, { users: ['ana', 'ben', 'joe'].map((userId) => ({ userId })) })
      await put({ type: 'contract', members: members(['ana', 'a'], ['ben', 'b'], ['joe', 'c']) })
      const tell = async (as: string) => {
        const context = { type: 'contract', id: '7' }
        return (await chat.sendMessage(backend, { as, context, to: 'ben', content: 'hello' })).message
      }
      const [one, two] = [await tell('ana'), await tell('joe')]
      expect(two).toMatchObject({ senderId: 'joe', seq: 1 })
      expect(two.conversationId).not.toBe(one.conversationId)
    })

    test('a milestone that gets another contract goes on in the conversation of that one', async () => {
      const { put, chat, admin, backend, ana } = await scene()
      await admin.setPolicy(backend, { contexts: { ...rules.contexts, contract: rules.contexts!.booking! } })
      await put({ type: 'contract', id: 'c1' })
      await put({ type: 'contract', id: 'c2' })
      const say = () => chat.sendMessage(ana, { context: { type: 'milestone', id: 'm' }, content: 'x' })
      await put({ type: 'milestone', id: 'm', parent: { type: 'contract', id: 'c1' } })
      const before = (await say()).message.conversationId
      await put({ type: 'milestone', id: 'm', parent: { type: 'contract', id: 'c2' } })
      await expect.poll(async () => (await say()).message.conversationId, { timeout: 5_000 }).not.toBe(before)
    })

    test('the backend starts a conversation before anybody is in it', async () => {
      const { put, chat, backend, ana, seen } = await scene()
      await put({ members: [] })
      const { conversation } = await chat.openContextConversation(backend, { type: 'booking', id: '7' })
      expect(conversation).toMatchObject({ participantCount: 0, rev: 1 })
      await put({})
      expect(await seen(ana, conversation.id)).toEqual([])
    })

    test('of a pair, whoever comes back into the context comes back into its conversation', async () => {
      const { put, chat, ana, ben, seen } = await scene()
      const contract = { type: 'contract', id: '7' }
      await put({ ...contract, members: both })
      const say = (who: Actor, to: string, content: string) => chat.sendMessage(who, { context: contract, to, content })
      const { conversationId } = (await say(ana, 'ben', 'one')).message
      await put({ ...contract, members: both.slice(0, 1) })
      await chat.sendMessage(ana, { conversationId, content: 'two' })
      await put({ ...contract, members: [...both, ...members(['joe', 'other'])] })
      expect((await say(ben, 'ana', 'three')).message.conversationId).toBe(conversationId)
      expect(await seen(ben, conversationId)).toEqual(['three'])
      expect((await chat.listParticipants(ana, { conversationId })).data.map(({ userId }) => userId)).toEqual([
        'ana',
        'ben',
      ])
    })

    test('a block in a context stops two who are alone there, as long as they are', async () => {
      const { put, say, admin, backend, chat, ana, ben, joe } = await scene()
      await admin.setPolicy(backend, { ...rules, blocking: { contexts: true } })
      await put({})
      const { conversationId } = (await say(ana, 'hello')).message
      await chat.sendMessage(joe, { to: 'ana', content: 'we know each other' })
      const codes = (...people: Actor[]) =>
        Promise.all(
          people.map((who) =>
            chat.sendMessage(who, { conversationId, content: 'x' }).then(
              () => 'ok',
              (err) => err.code,
            ),
          ),
        )
      await chat.blockUser(ana, { userId: 'ben' })
      expect(await codes(ana, ben)).toEqual(['blocked', 'blocked'])
      const [first, second] = both
      await put({ members: [first!, ...members(['joe', 'provider'])] })
      expect(await codes(ana, joe)).toEqual(['ok', 'ok'])
      await chat.blockUser(joe, { userId: 'ana' })
      expect(await codes(ana, joe)).toEqual(['blocked', 'blocked'])
      await put({ members: [first!, second!, ...members(['joe', 'provider'])] })
      expect(await codes(ana, ben, joe)).toEqual(['ok', 'ok', 'ok'])
      await put({})
      expect(await codes(ana, ben)).toEqual(['blocked', 'blocked'])
      await chat.unblockUser(ana, { userId: 'ben' })
      expect(await codes(ana, ben)).toEqual(['ok', 'ok'])
    })

    test('all conversations of a context follow it, however many there are', async () => {
      const { put, chat, ana, host, backend, committed } = await scene()
      const inquiry = { type: 'contract', id: '7' }
      const people = members(...upTo(60).map((i): [string, string] => [`user-${i}`, 'buyer']), ['ana', 'seller'])
      await put({ ...inquiry, title: 'old', members: people })
      await host.upsertUsers(backend, { users: [{ userId: 'ana' }] })
      const ids = new Set<string>()
      for (const i of upTo(60))
        ids.add(
          (await chat.sendMessage(ana, { context: inquiry, to: `user-${i}`, content: 'x' })).message.conversationId,
        )
      committed.length = 0
      await put({ ...inquiry, title: 'new', members: people })
      const told = committed.flatMap(({ changes }) => changes)
      expect(told.map(({ type }) => type)).toEqual(upTo(60).map(() => 'conversation.updated'))
      expect(new Set(told.map(({ conversationId }) => conversationId))).toEqual(ids)
      committed.length = 0
      await put({ ...inquiry, title: 'newer', members: people.slice(30) })
      const changed = committed.flatMap(({ changes }) => changes)
      expect(changed.filter(({ type }) => type === 'conversation.updated')).toHaveLength(60)
      expect(changed.filter(({ type }) => type === 'participant.left')).toHaveLength(30)
    })

    test('what an upsert or an admin marks as ended that nobody has marked yet has its mark', async () => {
      const { put, say, admin, backend, seen, ana, asOwner } = await scene()
      for (const id of ['1', '2']) {
        await put({ id, status: 'warranty', title: 'a' })
        const { conversationId } = (await say(ana, 'hello', id)).message
        const past = "now() - interval '2 hours'"
        await asOwner(`UPDATE contexts SET status_at = ${past} WHERE tenant_id = '${ana.tenantId}'`)
        await asOwner(`UPDATE conversations SET closes_at = ${past} WHERE id = '${conversationId}'`)
        if (id === '1') await put({ id, status: 'warranty', title: 'b' })
        else await admin.setConversationStatus(backend, { conversationId, status: 'closed', reason: 'fraud' })
        expect(await seen(ana, conversationId)).toEqual(['hello', 'This conversation is closed'])
      }
    })

    test('whoever leaves a context leaves its conversation, also when the tenant has no such contexts any more', async () => {
      const { put, say, admin, backend, ana, ben, chat } = await scene()
      await put({})
      const { conversationId } = (await say(ana, 'hello')).message
      await admin.setPolicy(backend, { preset: 'direct' })
      await put({ members: both.slice(0, 1) })
      await expect(chat.getConversation(ben, { conversationId })).rejects.toMatchObject({ code: 'not_found' })
      expect(await chat.getConversation(ana, { conversationId })).toMatchObject({ participantCount: 1 })
    })

    test('what is unsound is refused whole, and nothing of it is stored', async () => {
      const { host, backend, ana } = await scene()
      const bad: UpsertContext[] = [
        { type: 'booking', id: 'x', members: members(['ana', 'a'], ['ana', 'b']) },
        { type: 'booking', id: 'x', members: members(['parley:system', 'a']) },
        { type: 'booking', id: 'x', parent: { type: 'booking', id: 'x' }, members: [] },
      ]
      for (const context of bad) {
        const call = host.upsertContexts(backend, { contexts: [{ type: 'booking', id: 'ok', members: [] }, context] })
        await expect(call).rejects.toMatchObject({ code: 'invalid_input' })
      }
      await expect(host.getContext(backend, { type: 'booking', id: 'ok' })).rejects.toMatchObject({ code: 'not_found' })
      await expect(host.upsertContexts(ana, { contexts: [] })).rejects.toMatchObject({ code: 'forbidden' })
    })
  })
}
