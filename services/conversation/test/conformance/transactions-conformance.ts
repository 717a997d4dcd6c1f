import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { NOBODY } from '../../src/domain/changes/committed-change.ts'
import { patiently } from '../callers.ts'
import { type TestWorld, upTo } from '../test-world.ts'

export function describeTransactions(current: () => TestWorld): void {
  describe('transactions', () => {
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
      const taken = await Promise.all(upTo(8).map((n) => patiently(() => take(`r${n}`))))
      const winner = taken.find((t) => t.taken)!
      expect(taken.filter((t) => t.taken)).toHaveLength(1)
      for (const { result, bodyHash } of taken)
        expect({ result, bodyHash }).toEqual({ result: winner.result, bodyHash: `hash of ${winner.result}` })
    })

    test('a transaction that throws leaves nothing, and tells nobody', async () => {
      const { people, group, store, committed } = current()
      const { ana, tenantId } = people('ana')
      const id = await group(ana)
      committed.length = 0
      const attempt = store.transaction(tenantId, async ({ conversations, record }) => {
        const { rev } = await conversations.revise(id)
        const conversation = (await conversations.loadShared([id])).get(id)!
        await record(
          { type: 'conversation.created', conversation },
          { conversationId: id, head: { seq: 0, rev }, members: NOBODY },
        )
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
        record(
          { type: 'messages.read', userId: 'eve', seq: 1, at: new Date().toISOString() },
          { conversationId: id, head: { seq: 1, rev: 9 }, members: NOBODY },
        ),
      )
      await expect(attempt).rejects.toMatchObject({ cause: { code: '42501' } })
    })

    test('a fault of the database tells no log what people wrote', async () => {
      const { people, group, store, send } = current()
      const { ana, ben } = people('ana', 'ben')
      const conversationId = await group(ana, ben)
      const { message } = await send(conversationId, ana, 'hello')
      const err = await store
        .transaction(ana.tenantId, (uow) =>
          uow.messages.write([
            {
              ...{ id: message.id, conversationId, seq: 2, senderId: 'ana', type: 'text', clientId: '1', bodyHash: '' },
              ...{ content: 'in\nconfidence', payload: null, createdAt: null, imported: false },
            },
          ]),
        )
        .catch((thrown) => thrown)
      expect(inspect(err, { depth: 10 })).toContain('messages_id')
      expect(inspect(err, { depth: 10 })).not.toContain('confidence')
    })
  })
}
