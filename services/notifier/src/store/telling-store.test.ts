import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'

const AT = '2026-03-01T10:00:00.000Z'

describeUseCases('who was told of a message', (current) => {
  test('is found by where it stands, over channels and in the app, in its tenant alone', async () => {
    const { store, tenant } = current()
    const [tenantId, conversationId] = [tenant(), randomUUID()]
    const message = (seq: number) => ({ messageId: randomUUID(), conversationId, seq })
    await store.transaction(tenantId, async ({ handOvers, notifications }) => {
      const about = { kind: 'message' as const, conversationId, fromSeq: 3, toSeq: 5 }
      await notifications.tell([{ ...about, userId: 'ben', count: 3, listed: true, pushed: true }])
      const handOver = { ...about, userId: 'ben', channel: `channel-${tenantId}`, target: 'phone', eventAt: AT }
      await handOvers.store([handOver])
    })
    const told = (seq: number, of = tenantId) => store.transaction(of, ({ tellings }) => tellings.of(message(seq), 10))
    expect(await told(4)).toEqual([
      { way: 'in_app', by: 'message', userId: 'ben', state: 'unread', at: expect.any(String), reason: null },
      { way: 'channel', by: `channel-${tenantId}`, userId: 'ben', state: 'waiting', at: null, reason: null },
    ])
    for (const seq of [2, 6]) expect(await told(seq)).toEqual([])
    expect(await told(4, tenant())).toEqual([])
  })
})
