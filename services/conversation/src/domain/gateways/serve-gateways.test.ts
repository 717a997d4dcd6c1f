import { randomUUID } from 'node:crypto'
import { type Actor, type HandshakeSync, ParleyError, type SyncResult } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'
import { createUseCases } from '../use-cases.ts'

describeUseCases('who may write, as gateways ask', (current) => {
  test('is refused what a message would be refused, for the same reason', async () => {
    const { people, group, chat, admin, edge } = current()
    const { ana, ben, joe, eve } = people('ana', 'ben', 'joe', 'eve')
    const backend = backendOf(ana)
    const inGroup = await group(ana, ben, joe)
    const { conversationId: direct } = (await chat.sendMessage(ana, { to: 'ben', content: 'hello' })).message
    const same = async (conversationId: string, who: Actor, code: string) => {
      const asked = await codeOf(edge.requireWriter(backend, { conversationId, userId: who.userId }))
      const sent = await codeOf(chat.sendMessage(who, { conversationId, content: 'x' }))
      expect([asked, sent]).toEqual([code, code])
    }
    await same(inGroup, joe, 'ok')
    await chat.updateParticipant(ana, { conversationId: inGroup, userId: 'joe', role: 'observer' })
    await same(inGroup, joe, 'forbidden')
    await same(inGroup, eve, 'not_found')
    await chat.removeParticipant(ana, { conversationId: inGroup, userId: 'joe' })
    await same(inGroup, joe, 'not_found')
    await chat.blockUser(ben, { userId: 'ana' })
    for (const who of [ana, ben]) {
      await same(direct, who, 'blocked')
      await same(inGroup, who, 'ok')
    }
    for (const [status, code] of [
      ['read_only', 'conversation_read_only'],
      ['closed', 'conversation_closed'],
      ['active', 'ok'],
    ] as const) {
      await admin.setConversationStatus(backend, { conversationId: inGroup, status })
      await same(inGroup, ben, code)
    }
  })

  test('hears until when a conversation stays open, and what it is once that has come', async () => {
    const { people, chat, admin, host, edge, asOwner } = current()
    const { ana, ben } = people('ana', 'ben')
    const backend = backendOf(ana)
    const statuses = { done: { conversation: 'read_only' as const, afterSeconds: 3_600 } }
    await admin.setPolicy(backend, { contexts: { '*': { conversation: 'one', starters: null, statuses } } })
    const members = [ana, ben].map(({ userId }) => ({ userId, role: 'x' }))
    const context = { type: 'booking', id: '1' }
    await host.upsertContexts(backend, { contexts: [{ ...context, status: 'done', members }] })
    const { conversation } = await chat.openContextConversation(ana, context)
    const asked = { conversationId: conversation.id, userId: 'ana' }
    expect(await edge.requireWriter(backend, asked)).toEqual({ until: conversation.closesAt })
    await asOwner(`UPDATE conversations SET closes_at = now() - interval '1 second' WHERE id = $1`, [conversation.id])
    expect(await codeOf(edge.requireWriter(backend, asked))).toBe('conversation_read_only')
  })

  test('a block is told to the gateways, and that it is none any more; what changes nothing is not', async () => {
    const { people, group, store } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    await group(ana, ben)
    const told: unknown[] = []
    const { chat } = createUseCases({ store, newId: randomUUID, tell: (control) => void told.push(control) })
    await chat.unblockUser(ana, { userId: 'stranger' })
    await chat.blockUser(ana, { userId: 'ben' })
    await chat.unblockUser(ana, { userId: 'ben' })
    const change = { kind: 'block_changed', tenantId, userIds: ['ana', 'ben'] }
    expect(told).toEqual([change, change])
  })
})

describeUseCases('who knows whom, as gateways ask', (current) => {
  test('those who are in a conversation with somebody now, and nobody else', async () => {
    const { people, group, chat, host, edge } = current()
    const { ana, ben, joe, eve, zoe } = people('ana', 'ben', 'joe', 'eve', 'zoe')
    const backend = backendOf(ana)
    const elsewhere = { ...ben, tenantId: `${ben.tenantId}-2` }
    const id = await group(ana, ben, joe)
    await group(ana, ben)
    await group(eve, zoe)
    const among = ['ana', 'ben', 'joe', 'eve', 'zoe', 'nobody']
    const known = async (userId: string, asking = backend) =>
      (await edge.acquainted(asking, { userId, among: among.filter((other) => other !== userId) })).userIds.sort()
    expect(await known('ana')).toEqual(['ben', 'joe'])
    expect(await known('zoe')).toEqual(['eve'])
    expect(await known('nobody')).toEqual([])
    expect(await known('ana', backendOf(elsewhere))).toEqual([])
    await chat.removeParticipant(ana, { conversationId: id, userId: 'joe' })
    expect([await known('ana'), await known('joe')]).toEqual([['ben'], []])
    await host.upsertUsers(backend, { users: [{ userId: 'ana', name: 'Ana Ferreira' }] })
    expect(await edge.acquainted(backend, { userId: 'ana', among: [] })).toEqual({
      profile: { userId: 'ana', name: 'Ana Ferreira', avatarUrl: null },
      userIds: [],
    })
  })
})

describeUseCases('what a connection missed', (current) => {
  const scene = async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const say = (content: string) => chat.sendMessage(ana, { conversationId: id, content })
    await say('one')
    const { cursor } = await chat.getConversation(ben, { conversationId: id })
    await say('two')
    return { ben, id, say, cursors: [{ conversationId: id, cursor }] }
  }

  test('is what sync says of the same cursors, and is not asked of who does not ask', async () => {
    const { chat, edge } = current()
    const { ben, cursors } = await scene()
    const since = new Date(0).toISOString()
    for (const asked of [{ cursors }, { cursors: [], since }, { cursors: [] }]) {
      const { at: _at, ...missed } = JSON.parse((await edge.openSession(ben, { sync: asked })).sync!) as SyncResult
      const { at: _then, ...expected } = await chat.sync(ben, asked)
      expect(missed).toEqual(expected)
      if ('since' in asked || cursors === asked.cursors) expect(missed.conversations).toHaveLength(1)
    }
    expect((await edge.openSession(ben, {})).sync).toBe(undefined)
  })

  test('keeps nobody out where it cannot be said', async () => {
    const { chat, edge, group, store } = current()
    const { ben, id, say, cursors } = await scene()
    const withSync = async (sync: HandshakeSync) => (await edge.openSession(ben, { sync })).sync
    expect(await withSync({ cursors: [{ conversationId: id, cursor: 'no-cursor-of-ours' }] })).toBe(undefined)
    // as text inside of a text it would be more than goes over the bus
    const other = await group(ben)
    for (const _ of upTo(40)) {
      await say('"'.repeat(2_000))
      await chat.sendMessage(ben, { conversationId: other, content: '"'.repeat(2_000) })
    }
    expect(await withSync({ cursors: [...cursors, { conversationId: other, cursor: null }] })).toBe(undefined)
    expect(await withSync({ cursors })).toBeTypeOf('string')
    const spent = createUseCases({
      ...{ store, newId: randomUUID },
      limit: async () => {
        throw new ParleyError('rate_limited', 'Too many calls')
      },
    })
    expect((await spent.edge.openSession(ben, { sync: { cursors: [] } })).sync).toBe(undefined)
  })
})
