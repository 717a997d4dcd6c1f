import { describe, expect, test } from 'vitest'
import { actor, aMoment, type ConformanceWorld, upTo } from './conformance-world.ts'

export function describeConversations(current: () => ConformanceWorld): void {
  describe('conversations', () => {
    test('two people have one direct conversation, however often and from whichever side it is asked for', async () => {
      const { people, chat } = current()
      const { tenantId, ana } = people('ana')
      const strange = ['a:b', 'a', 'b:c', `o'neil`, '"', '["a","b"]', 'a b', 'a\\', 'ä', '%_', '🙂']
      const ids = await Promise.all(
        strange.map(async (name) => {
          const other = actor(tenantId, name)
          const made = await Promise.all([
            chat.createConversation(ana, { kind: 'direct', participants: [{ userId: name }] }),
            chat.createConversation(other, { kind: 'direct', participants: [{ userId: ana.userId }] }),
          ])
          expect(new Set(made.map((m) => m.conversation.id)).size).toBe(1)
          expect(made.filter((m) => m.created)).toHaveLength(1)
          expect(made[0]!.conversation.participants.map((p) => p.userId).sort()).toEqual([ana.userId, name].sort())
          return made[0]!.conversation.id
        }),
      )
      expect(new Set(ids).size).toBe(strange.length)
    })

    test('the same pair of names in another tenant is another pair', async () => {
      const { people, chat } = current()
      const [here, there] = [people('ana'), people('ana')]
      const direct = (who: typeof here.ana) =>
        chat.createConversation(who, { kind: 'direct', participants: [{ userId: 'ben' }] })
      const [one, two] = [await direct(here.ana), await direct(there.ana)]
      expect(one.conversation.id).not.toBe(two.conversation.id)
      await expect(chat.getConversation(there.ana, { conversationId: one.conversation.id })).rejects.toMatchObject({
        code: 'not_found',
      })
    })

    test('a key taken at once by many is taken by one, and the others get its result', async () => {
      const { people, store } = current()
      const { ana, tenantId } = people('ana')
      const take = (result: string) =>
        store.transaction(tenantId, ({ idempotencyKeys }) =>
          idempotencyKeys.take({
            userId: ana.userId,
            operation: 'op',
            key: 'k',
            bodyHash: `hash of ${result}`,
            result,
          }),
        )
      const taken = await Promise.all(upTo(8).map((n) => take(`r${n}`)))
      const winner = taken.find((t) => t.taken)!
      expect(taken.filter((t) => t.taken)).toHaveLength(1)
      for (const { result, bodyHash } of taken)
        expect({ result, bodyHash }).toEqual({ result: winner.result, bodyHash: `hash of ${winner.result}` })
    })

    test('the list goes on where the page ended, though all were active in the same moment', async () => {
      const { people, group, chat, asOwner } = current()
      const { ana, tenantId } = people('ana')
      const ids = []
      for (const _ of upTo(7)) ids.push(await group(ana))
      await asOwner(`UPDATE conversations SET created_at = '2026-03-01T00:00:00.000123Z' WHERE tenant_id = $1`, [
        tenantId,
      ])
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await chat.listConversations(ana, { limit: 2, ...(cursor && { cursor }) })
        seen.push(...page.data.map((c) => c.id))
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      expect(seen).toEqual([...ids].sort().reverse())
    })

    test('the list shows the most recently active first, and filters by kind and status', async () => {
      const { people, group, chat, send, asOwner } = current()
      const { ana } = people('ana')
      const [one, two] = [await group(ana), await group(ana)]
      await aMoment()
      const { conversation } = await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] })
      await aMoment()
      await send(one, ana, 'hello')
      await asOwner(`UPDATE conversations SET status = 'closed' WHERE id = $1`, [two])
      const ids = async (filter: object) => (await chat.listConversations(ana, filter)).data.map((c) => c.id)
      expect(await ids({})).toEqual([one, conversation.id, two])
      expect(await ids({ kind: 'group' })).toEqual([one, two])
      expect(await ids({ status: 'active' })).toEqual([one, conversation.id])
    })

    test('heads say where conversations stand, to those who are in them', async () => {
      const { people, group, send, store } = current()
      const { ana, ben } = people('ana', 'ben')
      const [one, two] = [await group(ana, ben), await group(ana)]
      await send(one, ana, 'one')
      await send(one, ana, 'two')
      const heads = await store.snapshot(ana.tenantId, async ({ conversations }) => ({
        ana: await conversations.headsOf(ana.userId, 10),
        ben: await conversations.headsOf(ben.userId, 10),
        latest: await conversations.headsOf(ana.userId, 1),
      }))
      const head = { conversationId: one, seq: 2, rev: 1 }
      expect(heads).toEqual({
        ana: [head, { conversationId: two, seq: 0, rev: 1 }],
        ben: [head],
        latest: [head],
      })
    })

    test('comparing names what differs and what is gone, and nothing else', async () => {
      const { people, group, send, store, chat } = current()
      const { ana, ben } = people('ana', 'ben')
      const [same, more, left] = [await group(ana, ben), await group(ana, ben), await group(ana, ben)]
      const points = [same, more, left].map((conversationId) => {
        return { conversationId, epoch: 1, seq: 0, rev: 1, privateCounter: 0 }
      })
      const compare = () =>
        store.snapshot(ben.tenantId, ({ conversations }) => conversations.compare(ben.userId, points))
      expect(await compare()).toEqual({ differing: [], gone: [], epoch: 1 })
      await send(more, ana, 'hello')
      await chat.removeParticipant(ben, { conversationId: left, userId: ben.userId })
      expect(await compare()).toEqual({ differing: [more], gone: [left], epoch: 1 })
      const restored = points.map((point) => ({ ...point, epoch: 2 }))
      expect(
        await store.snapshot(ben.tenantId, ({ conversations }) => conversations.compare(ben.userId, restored)),
      ).toMatchObject({ differing: [same, more] })
    })

    test('what changed since a time is found, oldest change first, without those named already', async () => {
      const { people, group, send, store } = current()
      const { ana, tenantId } = people('ana')
      const [one, two, three] = [await group(ana), await group(ana), await group(ana)]
      await aMoment()
      const since = await store.snapshot(tenantId, ({ now }) => now())
      for (const id of [three, two, one]) {
        await aMoment()
        await send(id, ana, 'x')
      }
      const changed = (except: string[], limit = 10) =>
        store.snapshot(tenantId, ({ conversations }) => conversations.changedSince(ana.userId, since, except, limit))
      expect(await changed([])).toEqual([three, two, one])
      expect(await changed([two])).toEqual([three, one])
      expect(await changed([], 2)).toEqual([three, two])
    })

    test('a transaction that throws leaves nothing, and tells nobody', async () => {
      const { people, group, store, committed } = current()
      const { ana, tenantId } = people('ana')
      const id = await group(ana)
      committed.length = 0
      const attempt = store.transaction(tenantId, async ({ conversations, record }) => {
        const { rev } = await conversations.revise(id)
        await record({
          type: 'conversation.created',
          conversationId: id,
          seq: 0,
          rev,
          data: {},
          head: { seq: 0, rev },
          live: [],
        })
        throw new Error('changed our mind')
      })
      await expect(attempt).rejects.toThrow('changed our mind')
      expect(committed).toEqual([])
      expect(await store.snapshot(tenantId, ({ conversations }) => conversations.heads([id]))).toMatchObject([
        { rev: 1 },
      ])
    })

    test('an event is recorded only for a conversation of the own tenant', async () => {
      const { people, group, store } = current()
      const { ana } = people('ana')
      const { tenantId: other } = people('eve')
      const id = await group(ana)
      const attempt = store.transaction(other, ({ record }) =>
        record({
          type: 'messages.read',
          conversationId: id,
          seq: 1,
          rev: 9,
          data: {},
          head: { seq: 1, rev: 9 },
          live: [],
        }),
      )
      await expect(attempt).rejects.toMatchObject({ cause: { code: '42501' } })
    })
  })
}
