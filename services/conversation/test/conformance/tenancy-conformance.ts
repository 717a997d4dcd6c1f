import type { Tx } from '@parley/database'
import { scheduleJob, sqlStateOf } from '@parley/database'
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { readPage } from '../read-page.ts'
import type { TestWorld } from '../test-world.ts'

const tables = {
  tenants: 'id',
  users: 'tenant_id',
  conversations: 'tenant_id',
  participants: 'tenant_id',
  messages: 'tenant_id',
  message_edits: 'tenant_id',
  message_transitions: 'tenant_id',
  read_marks: 'tenant_id',
  delivered_marks: 'tenant_id',
  idempotency_keys: 'tenant_id',
  contexts: 'tenant_id',
  blocks: 'tenant_id',
  reports: 'tenant_id',
  audit_log: 'tenant_id',
  jobs: 'tenant_id',
  hidden_messages: 'tenant_id',
  erasures: 'tenant_id',
  canned_replies: 'tenant_id',
  drafts: 'tenant_id',
  scheduled_messages: 'tenant_id',
  last_seen: 'tenant_id',
}
const updatable = [
  'tenants',
  'users',
  'conversations',
  'participants',
  'messages',
  'contexts',
  'reports',
  'jobs',
  'canned_replies',
  'drafts',
  'scheduled_messages',
  'last_seen',
]
const deletable = ['blocks', 'jobs', 'erasures', 'erasures', 'canned_replies', 'drafts']
const OFFER = { type: 'service_offer', extras: { payload: { title: 't', status: 'pending' } } }
const FORBIDDEN = '42501'

export function describeTenancy(current: () => TestWorld): void {
  describe('row-level security', () => {
    /** Two tenants with a row in every table; others where a machine is too busy to make them in a transaction's time. */
    const makeTwo = async () => {
      const { people, group, send, chat, host, admin, edge } = current()
      const make = async () => {
        const { tenantId, ana, ben } = people('ana', 'ben')
        const id = await group(ana, ben)
        const { message } = await send(id, ana, `of ${tenantId}`)
        await chat.editMessage(ana, { messageId: message.id, content: `still of ${tenantId}` })
        await chat.markDelivered(ben, { conversationId: id, seq: 1 })
        await chat.markRead(ben, { conversationId: id, seq: 1 })
        const offered = await send(id, ana, '', OFFER)
        await chat.actOnMessage(ben, { messageId: offered.message.id, action: 'accept' })
        await chat.putDraft(ben, { conversationId: id, content: 'hel' })
        await chat.createConversation(ana, { kind: 'group', title: 't', participants: [], clientId: 'k' })
        await chat.deleteMessage(ben, { messageId: message.id, for: 'me' })
        const gone = await send(id, ana, 'gone')
        await chat.deleteMessage(ana, { messageId: gone.message.id })
        await chat.blockUser(ana, { userId: ben.userId })
        await chat.report(ben, { conversationId: id, reason: 'spam' })
        const backend = { ...ana, userId: 'backend', role: 'service' as const }
        await host.upsertContexts(backend, { contexts: [{ type: 'booking', id: '1', members: [] }] })
        await admin.setPolicy(backend, {})
        await chat.putCannedReply(ana, { shortcut: 'hi', text: 'Hello' })
        const sendAt = new Date(Date.now() + 3_600_000).toISOString()
        await edge.lastSeen(backend, { users: [{ userId: 'ana', at: new Date().toISOString() }] })
        await chat.scheduleMessage(ana, { to: 'joe', content: 'later', sendAt })
        await current().database.transaction({ tenantId }, (tx) =>
          scheduleJob(tx, tenantId, { kind: 'nobody-does-it', key: id, payload: {} }),
        )
        return { tenantId, id }
      }
      const insist = async (attempts: number): ReturnType<typeof make> => {
        try {
          return await make()
        } catch (err) {
          if (attempts === 1 || (err as { code?: string }).code !== 'unavailable') throw err
          return await insist(attempts - 1)
        }
      }
      return [await insist(10), await insist(10)] as const
    }
    let made: ReturnType<typeof makeTwo> | undefined
    /** Those of all tests that change nothing. */
    const twoTenants = () => {
      made ??= makeTwo()
      return made
    }
    const select = async (tx: Tx, statement: string) => {
      const { rows } = (await tx.execute(sql.raw(statement))) as unknown as { rows: Record<string, unknown>[] }
      return rows
    }
    const as = <T>(tenantId: string, work: (tx: Tx) => Promise<T>) => current().database.transaction({ tenantId }, work)
    const stateOf = (attempt: Promise<unknown>) => attempt.then(() => 'done', sqlStateOf)

    test('a query that forgets its tenant sees the own one only, in every table', async () => {
      const [{ tenantId }] = await twoTenants()
      for (const [table, column] of Object.entries(tables)) {
        const rows = await as(tenantId, (tx) => select(tx, `SELECT DISTINCT ${column} AS tenant FROM ${table}`))
        expect([table, rows]).toEqual([table, [{ tenant: tenantId }]])
      }
      const views = await as(tenantId, (tx) => select(tx, 'SELECT DISTINCT tenant_id AS tenant FROM visible_messages'))
      expect(views).toEqual([{ tenant: tenantId }])
    })

    test('without a tenant nothing is visible, and a transaction does not leave its tenant behind', async () => {
      const [{ tenantId }] = await twoTenants()
      for (const table of [...Object.keys(tables), 'visible_messages']) {
        expect([table, await as('', (tx) => select(tx, `SELECT * FROM ${table}`))]).toEqual([table, []])
        await as(tenantId, (tx) => select(tx, 'SELECT 1'))
        expect([table, await current().database.call(`SELECT * FROM ${table}`)]).toEqual([table, []])
      }
    })

    test('no row can be written into another tenant, and none of its rows changed', async () => {
      const [a, b] = await twoTenants()
      for (const [table, column] of Object.entries(tables)) {
        const columns = await current().asOwner<{ column_name: string }>(
          `SELECT column_name FROM information_schema.columns
           WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
          [table],
        )
        const values = columns.map((c) => (c.column_name === column ? `'${b.tenantId}'` : c.column_name)).join()
        const names = columns.map((c) => c.column_name).join()
        // its own row, with the other's name on it
        const insert = as(a.tenantId, (tx) =>
          select(tx, `INSERT INTO ${table} (${names}) SELECT ${values} FROM ${table} LIMIT 1`),
        )
        expect([table, 'insert', await stateOf(insert)]).toEqual([table, 'insert', FORBIDDEN])
        if (!updatable.includes(table)) continue
        const others = await as(a.tenantId, (tx) =>
          select(
            tx,
            `UPDATE ${table} SET created_at = now() WHERE ${column} = '${b.tenantId}' RETURNING 1`.replace(
              'created_at = now()',
              `${column} = ${column}`,
            ),
          ),
        )
        expect([table, others]).toEqual([table, []])
        const move = as(a.tenantId, (tx) => select(tx, `UPDATE ${table} SET ${column} = '${b.tenantId}'`))
        expect([table, 'update', await stateOf(move)]).toEqual([table, 'update', FORBIDDEN])
      }
    })

    test('only what nobody misses can be deleted, history is not rewritten, and events and the outbox are out of reach', async () => {
      const [{ tenantId }] = await twoTenants()
      const statements = [
        ...Object.keys(tables).flatMap((table) => (deletable.includes(table) ? [] : [`DELETE FROM ${table}`])),
        ...[
          'message_edits',
          'message_transitions',
          'read_marks',
          'delivered_marks',
          'idempotency_keys',
          'audit_log',
          'hidden_messages',
        ].map((t) => `UPDATE ${t} SET tenant_id = tenant_id`),
        ...['events', 'events_default', 'outbox', 'message_search', 'search_progress'].map(
          (table) => `SELECT * FROM ${table}`,
        ),
        ...['parley_migrations', 'parley_functions'].map((table) => `SELECT * FROM ${table}`),
        'INSERT INTO outbox (event_id, event_at) VALUES (1, now())',
        'UPDATE outbox SET attempts = 0',
        'INSERT INTO restores (epoch, at) VALUES (1, now())',
      ]
      for (const statement of statements)
        expect([statement, await stateOf(as(tenantId, (tx) => select(tx, statement)))]).toEqual([statement, FORBIDDEN])
    })

    test('a stray participant row of another tenant lets nobody into a conversation', async () => {
      const [a, b] = await makeTwo()
      const { send, people, store } = current()
      const eve = { ...people('eve').eve, tenantId: b.tenantId }
      await as(a.tenantId, (tx) =>
        select(
          tx,
          `INSERT INTO participants (conversation_id, user_id, tenant_id, role) VALUES ('${b.id}', 'eve', '${a.tenantId}', 'owner')`,
        ),
      )
      await expect(send(b.id, eve, 'x')).rejects.toMatchObject({ code: 'not_found' })
      await expect(send(b.id, { ...eve, tenantId: a.tenantId }, 'x')).rejects.toMatchObject({ code: 'not_found' })
      const mark = { tenantId: b.tenantId, conversationId: b.id, userId: 'eve', seq: 1 }
      await expect(store.markRead(mark)).rejects.toMatchObject({ code: 'not_found' })
      await expect(store.markDelivered(mark)).rejects.toMatchObject({ code: 'not_found' })
      for (const { tenantId } of [a, b]) expect(await store.ownState({ tenantId, userId: 'eve' }, b.id)).toBeNull()
      for (const { tenantId } of [a, b]) {
        const who = { tenantId, userId: 'eve' }
        expect((await readPage(store.reads, who, b.id, { limit: 10 })) ?? []).toEqual([])
        expect(await store.reads.conversations(who, [b.id])).toEqual([])
      }
    })

    test('functions with their owner’s rights have a pinned search path and answer to the application alone', async () => {
      const functions = await current().asOwner<{ name: string; path: string; everybody: boolean; app: boolean }>(
        `SELECT proname AS name, (SELECT c FROM unnest(proconfig) c WHERE c LIKE 'search_path=%') AS path,
           proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0) AS everybody,
           has_function_privilege('parley_app', oid, 'execute') AS app
         FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1`,
      )
      expect(functions.map((f) => f.name)).toEqual([
        ...['acknowledge_events', 'append_messages', 'append_messages', 'append_messages', 'append_messages'],
        ...['claim_events', 'claim_events', 'claim_jobs', 'claim_jobs_beside', 'clean_histories'],
        ...['due_conversations', 'empty_history', 'extend_jobs', 'fill_list_places', 'fill_user_terms', 'finish_job'],
        ...['forget_broadcasts', 'forget_held', 'forget_jobs', 'forget_keys', 'forget_reported', 'forget_scheduled'],
        ...['index_messages', 'maintain_event_partitions'],
        ...[
          'mark_read',
          'mark_receipts',
          'messages_sent',
          'news_after',
          'next_jobs',
          'next_jobs_beside',
          'outbox_state',
          'outsiders',
          'own_states',
          'parked_jobs',
          'pictures_in_use',
          'record_announcement',
          'record_event',
          'record_events',
          'refuse_event',
          'reindex_messages',
          'replay_events',
          'restored',
          'return_job',
          'search_places',
          'search_state',
          'search_stretch',
          'standings',
          'tenants_of_undated_reports',
          'unlist_message',
          'unlisted_before',
          'unlisted_events',
        ],
      ])
      for (const f of functions)
        expect(f).toEqual({ name: f.name, path: 'search_path=public, pg_temp', everybody: false, app: true })
    })

    test('every table has row-level security on', async () => {
      const open = await current().asOwner(
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
           AND NOT relrowsecurity AND relname NOT IN ('parley_migrations', 'parley_functions') AND NOT relispartition`,
      )
      expect(open).toEqual([])
    })
  })
}
