import { openTestDatabase } from '@parley/database/testing'
import { type SQL, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backendOf } from '../../test/callers.ts'
import { createTestWorld, type TestWorld, upTo } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'

/** What one call does is bounded by what it answers or changes, whatever else there is. */
let world: TestWorld
beforeAll(async () => {
  world = await createTestWorld(() => openTestDatabase(conversationOwner))
})
afterAll(() => world[Symbol.asyncDispose]())

const NAME = upTo(8)
  .map((n) => `x${n}`)
  .join(' ')

/** Pages of the database that a statement of the tenant goes through, once its plan is made. */
async function pagesOf(tenantId: string, statement: SQL): Promise<number> {
  return world.database.transaction({ tenantId }, async (tx) => {
    await tx.execute(statement)
    const { rows } = (await tx.execute(sql`explain (analyze, buffers, format json) ${statement}`)) as unknown as {
      rows: { 'QUERY PLAN': [{ Plan: Record<string, number> }] }[]
    }
    const { Plan: plan } = rows[0]!['QUERY PLAN'][0]
    return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!
  })
}

test('a context of five hundred new people stores no more than a hundred of them in a step', async () => {
  const { people, host, asOwner } = world
  const { ana, tenantId } = people('ana')
  const members = upTo(500).map((n) => ({ userId: `u${n}`, role: 'guest', name: `${NAME} ${n}` }))
  await host.upsertContexts(backendOf(ana), { contexts: [{ type: 'booking', id: '1', members }] })
  const steps = await asOwner<{ count: number }>(
    'SELECT count(*)::integer AS count FROM users WHERE tenant_id = $1 GROUP BY xmin::text',
    [tenantId],
  )
  expect(steps.map(({ count }) => count)).toEqual([100, 100, 100, 100, 100])
})

test('whoever is named is indexed by the statement, and not by the row', async () => {
  const { people, asOwner } = world
  const { tenantId } = people('ana')
  await asOwner('INSERT INTO tenants (id) VALUES ($1)', [tenantId])
  const triggersOf = async (statement: string) => {
    const lines = await asOwner<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, TIMING OFF) ${statement}`)
    return lines.flatMap((line) => /Trigger (users_\w+):.* calls=(\d+)/.exec(line['QUERY PLAN'])?.slice(1) ?? [])
  }
  const users = `INSERT INTO users (tenant_id, id, name) SELECT '${tenantId}', n, '${NAME}' FROM generate_series(1, 50) n`
  expect(await triggersOf(users)).toEqual(['users_named', '1'])
  expect(await triggersOf(`UPDATE users SET name = 'y' WHERE tenant_id = '${tenantId}'`)).toEqual([
    'users_renamed',
    '1',
  ])
  expect(await asOwner('SELECT DISTINCT term FROM user_terms WHERE tenant_id = $1', [tenantId])).toEqual([
    { term: 'y' },
  ])
})

test('a search among many who are disabled calls nothing for each of them', async () => {
  const { people, chat, asOwner } = world
  const { ana, tenantId } = people('ana')
  await chat.getMe(ana, {})
  await asOwner(
    `INSERT INTO users (tenant_id, id, name, disabled_at)
     SELECT $1, 'x' || n, 'xa xb xc xd xe xf xg x' || n, now() FROM generate_series(1, 3000) n`,
    [tenantId],
  )
  await asOwner(`DO $$ DECLARE called integer; BEGIN
    PERFORM set_config('track_functions', 'all', true);
    PERFORM search_users('${tenantId}', NULL, false, 'x', '', '', 21);
    SELECT sum(calls) INTO called FROM pg_stat_xact_user_functions;
    ASSERT called < 20, called;
  END $$`)
})

test('what is not due costs nothing to whoever looks for what is', async () => {
  const { people, group, asOwner } = world
  const { ana, tenantId } = people('ana')
  const conversationId = await group(ana)
  const filled = [
    `INSERT INTO idempotency_keys (tenant_id, user_id, operation, key, body_hash, result)
       SELECT '${tenantId}', 'ana', 'report', n, '', '' FROM generate_series(1, 10000) n`,
    `INSERT INTO reports (id, tenant_id, reporter_id, reason, status, user_id, snapshot, snapshot_until)
       SELECT gen_random_uuid(), '${tenantId}', 'ana', 'spam', 'resolved', 'ben', '{}', now() + interval '9 days'
       FROM generate_series(1, 10000)`,
    `INSERT INTO broadcasts (id, tenant_id, sent_by, content)
       SELECT gen_random_uuid(), '${tenantId}', 'ana', 'x' FROM generate_series(1, 10000)`,
    `INSERT INTO outbox (event_id, event_at, parked_at) SELECT -n, now(), now() FROM generate_series(1, 10000) n`,
    `INSERT INTO conversations (id, tenant_id, kind, created_by, title, closes_at, next_status)
       SELECT gen_random_uuid(), tenant_id, kind, created_by, title, now() + interval '9 days', 'closed'
       FROM conversations, generate_series(1, 10000) WHERE id = '${conversationId}'`,
  ]
  for (const statement of filled) await asOwner(statement)
  await asOwner('ANALYZE')
  const pages = {
    keys: await pagesOf(tenantId, sql`select forget_keys(500)`),
    reports: await pagesOf(tenantId, sql`select forget_reported(500)`),
    broadcasts: await pagesOf(tenantId, sql`select forget_broadcasts(500, 30)`),
    conversations: await pagesOf(tenantId, sql`select due_conversations(500)`),
  }
  expect(Object.entries(pages).filter(([, count]) => count > 30)).toEqual([])
})

test('open reports are counted by the index, however many there are of others', async () => {
  const { people, chat, admin, asOwner } = world
  const { ana, tenantId } = people('ana')
  const other = people('ben')
  await asOwner('INSERT INTO tenants (id) VALUES ($1)', [other.tenantId])
  await asOwner(
    `INSERT INTO reports (id, tenant_id, reporter_id, reason, user_id, subject)
     SELECT gen_random_uuid(), $1, 'r' || n, 'spam', 'ben', 'user ben' FROM generate_series(1, 10000) n`,
    [other.tenantId],
  )
  await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] })
  await chat.report(ana, { userId: 'ben', reason: 'spam' })
  await asOwner('ANALYZE reports')
  expect(await admin.countOpenReports(backendOf(ana), {})).toEqual({ open: 1 })
  expect(await admin.countOpenReports(backendOf(other.ben), {})).toEqual({ open: 100 })
  expect((await admin.listReports(backendOf(ana), {})).data).toMatchObject([{ openReports: 1 }])
  expect(await pagesOf(tenantId, sql`select count_open_reports(100)`)).toBeLessThan(10)
  expect(await pagesOf(tenantId, sql`select count_open_reports(array['user ben'], 100)`)).toBeLessThan(10)
})

test('who has hidden nothing reads without a look at what is hidden, and who has looks at nothing but their own', async () => {
  const { people, group, send, chat, asOwner } = world
  const { ana, ben, tenantId } = people('ana', 'ben')
  const id = await group(ana, ben)
  await send(id, ana, 'm1')
  await asOwner(
    `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
     SELECT $1, s, gen_random_uuid(), $2, 'ana', 'text', 'x', s::text, 'x', now() FROM generate_series(2, 2000) s`,
    [id, tenantId],
  )
  await asOwner(
    `INSERT INTO hidden_messages (conversation_id, user_id, seq, tenant_id, private_counter)
     SELECT $1, 'somebody ' || s % 20, s, $2, 1 FROM generate_series(1, 2000) s`,
    [id, tenantId],
  )
  // as page_text() asks for who has hidden some
  const page = (viewer: string) => sql`
    SELECT message_fields(m, NULL, NULL) FROM visible_messages m
    WHERE m.viewer_id = ${viewer} AND m.conversation_id = ${id} AND m.seq > 0 AND m.seq < 2000 ORDER BY m.seq DESC LIMIT 50`
  const planOf = (viewer: string) =>
    world.database.transaction({ tenantId }, async (tx) => {
      for (const way of ['seqscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin', 'material'])
        await tx.execute(sql.raw(`SET LOCAL enable_${way} = off`))
      const { rows } = (await tx.execute(sql`EXPLAIN (ANALYZE, TIMING OFF) ${page(viewer)}`)) as unknown as {
        rows: { 'QUERY PLAN': string }[]
      }
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
  const hidden = (plan: string) => plan.split('\n').filter((line) => line.includes('hidden_messages'))
  const plan = await planOf('ana')
  expect(hidden(plan)).toEqual([expect.stringMatching(/Index Scan using hidden_messages_pk .*never executed/)])
  await chat.deleteMessage(ben, {
    messageId: (await chat.listMessages(ben, { conversationId: id, before: 2 })).data[0]!.id,
    for: 'me',
  })
  const theirs = await planOf('ben')
  expect(hidden(theirs)).toEqual([expect.stringMatching(/Index Scan using hidden_messages_pk .*rows=0.* loops=50/)])
  for (const each of [plan, theirs]) expect(each).not.toMatch(/Seq Scan|hashed SubPlan/)
})
