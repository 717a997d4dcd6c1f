import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { webhookLanes } from './delivery-store.ts'

describeUseCases('events for webhooks', (current) => {
  test('that come at once are stored together, once each and for whom they are, and one that cannot be keeps no other', async () => {
    const { store, database, tenant, asOwner } = current()
    const tenants = [tenant(), tenant()]
    const endpoints = new Map<string, string[]>()
    for (const tenantId of tenants) {
      const ids = [randomUUID(), randomUUID()]
      endpoints.set(tenantId, ids)
      for (const id of ids) {
        const endpoint = { id, url: 'https://example.com/', events: ['*'], description: null, secret: 's' }
        await store.transaction(tenantId, (unit) => unit.endpoints.add({ ...endpoint, disabled: false }, 20))
      }
    }
    let calls = 0
    const lanes = webhookLanes(
      {
        ...database,
        call(...asked) {
          calls++
          return database.call(...asked)
        },
      },
      () => {},
    )
    const event = (n: number) => ({
      ...{ id: `${n}`, type: 'message.created', at: new Date().toISOString() },
      ...{ messageId: randomUUID(), replyToId: null, body: JSON.stringify({ n, words: 'a\u0000b \ud800 "c"' }) },
    })
    const all = Array.from({ length: 60 }, (_, n) => ({ tenantId: tenants[n % 2]!, event: event(n) }))
    const put = ({ tenantId, event }: (typeof all)[number]) => lanes.store(tenantId, endpoints.get(tenantId)!, event)
    expect(await Promise.all(all.map(put))).toEqual(all.map(() => 2))
    expect(calls).toBe(2)
    const rows = await asOwner<{ n: number; tenant_id: string; endpoint_id: string; body: string }>(
      'SELECT event_id::int AS n, tenant_id, endpoint_id, body FROM webhook_deliveries WHERE tenant_id = ANY ($1) ORDER BY 1, endpoint_id',
      [tenants],
    )
    expect(rows).toEqual(
      all.flatMap(({ tenantId, event: { body } }, n) =>
        [...endpoints.get(tenantId)!].sort().map((id) => ({ n, tenant_id: tenantId, endpoint_id: id, body })),
      ),
    )
    const woken = await asOwner(`SELECT key FROM jobs WHERE kind = 'webhook' AND tenant_id = ANY ($1)`, [tenants])
    expect(woken).toHaveLength(4)
    // again, with others among them, and of another's endpoints
    const bad = { tenantId: tenants[0]!, event: { ...event(60), at: 'no time' } }
    const [first, second] = tenants as [string, string]
    const later = await Promise.allSettled([
      ...[all[0]!, bad, { tenantId: first, event: event(61) }].map(put),
      lanes.store(second, endpoints.get(first)!, event(62)),
    ])
    expect(later.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'))).toEqual([0, 'failed', 2, 0])
  })
})
