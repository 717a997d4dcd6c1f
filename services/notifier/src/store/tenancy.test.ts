import { randomUUID } from 'node:crypto'
import { sqlStateOf, type Tx } from '@parley/database'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'

const FORBIDDEN = '42501'
/** What has rows of tenants. */
const TABLES = [
  ...[
    'conversation_levels',
    'dead_events',
    'devices',
    'hand_overs',
    'happenings',
    'jobs',
    'notifications',
    'preferences',
  ],
  ...['reply_addresses', 'templates', 'told', 'unreachable_addresses', 'webhook_deliveries', 'webhook_endpoints'],
]
/** What only functions touch. */
const BEHIND_FUNCTIONS = ['news_progress', 'webhook_erasures']

describeUseCases('rows of the worker', (current) => {
  const as = <T>(tenantId: string, work: (tx: Tx) => Promise<T>) => current().database.transaction({ tenantId }, work)
  const select = async (tx: Tx, statement: string) =>
    ((await tx.execute(sql.raw(statement))) as unknown as { rows: Record<string, unknown>[] }).rows
  const stateOf = (attempt: Promise<unknown>) => attempt.then(() => 'done', sqlStateOf)

  /** A tenant with a row in every table. */
  async function makeTenant(): Promise<string> {
    const { store, tenant } = current()
    const [tenantId, conversationId, id] = [tenant(), randomUUID(), randomUUID()]
    const at = '2026-03-01T10:00:00.000Z'
    const device = { userId: 'ana', id: 'phone', channel: 'apns', address: randomUUID(), keys: null } as const
    const endpoint = { id, url: 'https://example.com/', events: ['*'], description: null, secret: 's', disabled: false }
    await store.transaction(tenantId, async (unit) => {
      await unit.devices.put({ ...device, locale: null, app: null, sessionId: null, issuedAt: null }, 20)
      await unit.addresses.markUnreachable('ana@example.com', 'no such')
      await unit.addresses.keepReplyAddress(randomUUID(), { userId: 'ana', conversationId })
      await unit.told.advance([{ conversationId, userId: 'ana', before: undefined, seq: 1 }])
      await unit.endpoints.add(endpoint, 20)
      await unit.deadEvents.put({
        ...{
          consumer: 'c',
          eventId: 'e',
          subject: 's',
          sequence: 1,
          type: null,
          conversationId,
          error: 'x',
          place: null,
        },
      })
      const happened = { id: 'h', kind: 'added' as const, aboutId: conversationId, userId: 'ana', seq: 1, rev: 1, at }
      await unit.happenings.add([{ ...happened, dueAt: new Date(Date.now() + 60_000).toISOString() }])
      await unit.handOvers.store([
        {
          userId: 'ana',
          channel: 'apns',
          target: 'phone',
          kind: 'message',
          conversationId,
          fromSeq: 1,
          toSeq: 1,
          eventAt: at,
        },
      ])
    })
    const event = {
      id: `${conversationId}:1`,
      type: 'message.created',
      at,
      messageId: null,
      replyToId: null,
      body: '{}',
    }
    await store.webhookLanes.store(tenantId, [id], event)
    const { asOwner } = current()
    await asOwner(`INSERT INTO preferences (tenant_id, user_id, said) VALUES ($1, 'ana', '{}')`, [tenantId])
    await asOwner(
      `INSERT INTO conversation_levels (tenant_id, conversation_id, user_id, level) VALUES ($1, $2, 'ana', 'nothing')`,
      [tenantId, conversationId],
    )
    await asOwner(
      `INSERT INTO templates (tenant_id, kind, channel, locale, words, updated_by) VALUES ($1, 'message', 'push', 'en', '{}', 'boss')`,
      [tenantId],
    )
    await asOwner(
      `INSERT INTO notifications (id, tenant_id, user_id, kind, conversation_id, from_seq, to_seq, count, listed, pushed, created_at, updated_at)
       VALUES ($1, $2, 'ana', 'message', $3, 1, 1, 1, true, true, now(), now())`,
      [randomUUID(), tenantId, conversationId],
    )
    return tenantId
  }

  test('are seen by their tenant alone, and by nobody where none is named, in every table', async () => {
    const [a, b] = [await makeTenant(), await makeTenant()]
    for (const table of TABLES) {
      const rows = await as(a, (tx) => select(tx, `SELECT DISTINCT tenant_id AS tenant FROM ${table}`))
      expect([table, rows]).toEqual([table, [{ tenant: a }]])
      expect([table, await as('', (tx) => select(tx, `SELECT * FROM ${table}`))]).toEqual([table, []])
      const columns = await current().asOwner<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'notifier' AND table_name = $1
         AND is_generated = 'NEVER' AND is_identity = 'NO'`,
        [table],
      )
      const values = columns.map(({ name }) => (name === 'tenant_id' ? `'${b}'` : name)).join()
      const names = columns.map(({ name }) => name).join()
      // its own row, with the other's name on it
      const insert = as(a, (tx) => select(tx, `INSERT INTO ${table} (${names}) SELECT ${values} FROM ${table} LIMIT 1`))
      expect([table, await stateOf(insert)]).toEqual([table, FORBIDDEN])
      await as(a, (tx) => select(tx, `DELETE FROM ${table} WHERE tenant_id = '${b}'`)).catch(() => {})
      const left = await current().asOwner(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, [b])
      expect([table, left.length > 0]).toEqual([table, true])
    }
    for (const table of [...BEHIND_FUNCTIONS, 'parley_migrations', 'parley_functions'])
      expect([table, await stateOf(as(a, (tx) => select(tx, `SELECT * FROM ${table}`)))]).toEqual([table, FORBIDDEN])
  })

  test('stand in tables with row-level security, all of which are looked at here', async () => {
    const tables = await current().asOwner<{ name: string; secured: boolean }>(
      `SELECT relname AS name, relrowsecurity AS secured FROM pg_class WHERE relnamespace = 'notifier'::regnamespace AND relkind IN ('r', 'p')
       AND relname NOT IN ('parley_migrations', 'parley_functions') ORDER BY 1`,
    )
    expect(tables.map(({ name }) => name)).toEqual([...TABLES, ...BEHIND_FUNCTIONS].sort())
    expect(tables.filter(({ secured }) => !secured)).toEqual([])
  })

  test('are in reach of functions with their owner’s rights, that have a pinned search path and answer to the worker alone', async () => {
    const functions = await current().asOwner<{ name: string; path: string; everybody: boolean; app: boolean }>(
      `SELECT proname AS name, (SELECT c FROM unnest(proconfig) c WHERE c LIKE 'search_path=%') AS path,
         proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0) AS everybody,
         has_function_privilege('parley_notifier', oid, 'execute') AS app
       FROM pg_proc WHERE prosecdef AND pronamespace = 'notifier'::regnamespace ORDER BY 1`,
    )
    expect(functions.map(({ name }) => name)).toEqual([
      ...[
        'advance_news',
        'begin_webhook_deliveries',
        'claim_jobs',
        'claim_jobs_beside',
        'count_dead_letters',
        'erase_from_webhooks',
        'extend_jobs',
        'finish_job',
      ],
      ...[
        'forget_dead_events',
        'forget_hand_overs',
        'forget_happenings',
        'forget_jobs',
        'forget_notifications',
        'forget_webhook_deliveries',
      ],
      ...[
        'hand_overs_waiting',
        'hold_news',
        'listening_webhooks',
        'news_read',
        'next_jobs',
        'next_jobs_beside',
        'parked_jobs',
        'release_news',
      ],
      ...['reply_address', 'rest_webhook_lane', 'return_job', 'sent_mail'],
      ...['settle_webhook_delivery', 'store_webhook_deliveries', 'store_webhook_event', 'store_webhook_events'],
      ...['take_due_webhook_deliveries', 'take_webhook_deliveries', 'tenants_with_dead_letters', 'wake_webhook_lane'],
      ...['want_looks', 'webhook_deliveries_waiting'],
    ])
    const odd = functions.filter(({ name }) => name !== 'wake_webhook_lane').filter((f) => f.everybody || !f.app)
    expect(odd).toEqual([])
    // the others call it
    expect(functions.find(({ name }) => name === 'wake_webhook_lane')).toMatchObject({ everybody: false })
    for (const { name, path } of functions) expect([name, path]).toEqual([name, 'search_path=notifier, pg_temp'])
  })

  test('of another tenant are not changed by what a function is told of them', async () => {
    const [a, b] = [await makeTenant(), await makeTenant()]
    const { store, asOwner } = current()
    const [endpoint] = await asOwner<{ id: string }>('SELECT id FROM webhook_endpoints WHERE tenant_id = $1', [b])
    const [delivery] = await asOwner<{ id: string }>('SELECT id FROM webhook_deliveries WHERE tenant_id = $1', [b])
    const before = await asOwner('SELECT * FROM webhook_deliveries WHERE tenant_id = $1', [b])
    const event = {
      id: 'x:1',
      type: 'message.created',
      at: new Date().toISOString(),
      messageId: null,
      replyToId: null,
      body: '{}',
    }
    expect(await store.webhookLanes.store(a, [endpoint!.id], event)).toBe(0)
    expect(await store.webhookLanes.take(a, endpoint!.id, 10, 1_000)).toEqual([])
    expect(await store.webhookLanes.rest(a, endpoint!.id, 1_000)).toBeNull()
    const answer = { at: new Date().toISOString(), durationMs: 1, status: 410, body: null, error: null }
    await store.webhookLanes
      .settle(a, { id: delivery!.id, delivered: false, againMs: null, answer, gone: true }, 0)
      .catch(() => {})
    expect(await asOwner('SELECT * FROM webhook_deliveries WHERE tenant_id = $1', [b])).toEqual(before)
    expect(
      await asOwner('SELECT disabled_reason, rests_until FROM webhook_endpoints WHERE tenant_id = $1', [b]),
    ).toEqual([{ disabled_reason: null, rests_until: null }])
  })
})
