import { openTestDatabase, type TestDatabase } from '@parley/database/testing'
import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf, looked, type PlanNode, plansOf } from '../../test/plans-of.ts'
import { createTestWorld, type TestWorld, upTo } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'
import { auditPage } from './stores/moderation.ts'

/** What everybody waits for is read by indexes, no further than it goes, however much there is: PostgreSQL says so itself. */
let opened: TestDatabase
let world: TestWorld
beforeAll(async () => {
  world = await createTestWorld(async () => {
    opened = await openTestDatabase(conversationOwner)
    return opened
  })
})
afterAll(() => world[Symbol.asyncDispose]())

const scans = (steps: readonly PlanNode[]) => [
  ...new Set(steps.filter((step) => step['Node Type'] === 'Seq Scan').map((step) => step['Relation Name'])),
]
const called = async (text: string, params: unknown[], tenantId?: string) => {
  const steps = await plansOf(opened, text, params, tenantId)
  // what it says would be worth nothing if it had explained nothing
  expect(steps.length).toBeGreaterThan(0)
  expect(scans(steps)).toEqual([])
  return steps
}

describe.each(['before anybody has counted them', 'once they are counted'])('of tables %s', (when) => {
  const counted = when === 'once they are counted'

  test('two of 1,000 people of a tenant, where most others have one', async () => {
    const { people, group, send, asOwner } = world
    const { ana, ben, tenantId } = people('ana', 'ben')
    // planned for few rows, as tables are that nobody has counted, and as they are where most tenants are small
    await asOwner(
      `INSERT INTO tenants (id) SELECT $1 UNION ALL SELECT 'alone-' || n FROM generate_series(1, $2) n ON CONFLICT DO NOTHING`,
      [tenantId, counted ? 3_000 : 0],
    )
    await asOwner(
      `WITH made AS (
         INSERT INTO users (tenant_id, id) SELECT 'alone-' || n, 'zoe' FROM generate_series(1, $1) n RETURNING tenant_id, id),
       begun AS (
         INSERT INTO conversations (id, tenant_id, kind, created_by, participant_count)
         SELECT gen_random_uuid(), tenant_id, 'group', id, 1 FROM made RETURNING id, tenant_id, created_by)
       INSERT INTO participants (conversation_id, user_id, tenant_id, role) SELECT id, created_by, tenant_id, 'owner' FROM begun`,
      [counted ? 3_000 : 0],
    )
    await asOwner(
      `INSERT INTO users (tenant_id, id, name) SELECT $1, who, who
       FROM generate_series(1, 1000) n, LATERAL (SELECT CASE n WHEN 1 THEN 'ana' WHEN 2 THEN 'ben' ELSE 'user-' || n END AS who) w`,
      [tenantId],
    )
    await asOwner(
      `WITH made AS (
         INSERT INTO conversations (id, tenant_id, kind, created_by, participant_count)
         SELECT gen_random_uuid(), $1, 'group', 'user-' || n, 2 FROM generate_series(3, 1000) n RETURNING id, created_by)
       INSERT INTO participants (conversation_id, user_id, tenant_id, role) SELECT id, created_by, $1, 'owner' FROM made`,
      [tenantId],
    )
    const id = await group(ana, ben)
    const { message } = await send(id, ana, 'hello')
    await send(id, ben, 'hello yourself')
    if (counted) await asOwner('ANALYZE users, conversations, participants, messages')
    const top = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
    const asked: Record<string, [text: string, params: unknown[]]> = {
      session: ['SELECT session_state($1, $2, NULL, NULL, NULL, 500, NULL)', [tenantId, 'ben']],
      sync: [
        `SELECT sync_conversations($1, $2, ARRAY[$3]::uuid[], '{1}', '{1}', '{0}', '{0}', now() - interval '1 hour', 16, 50, 50, 200, 100000)`,
        [tenantId, 'ben', id],
      ],
      views: ['SELECT conversation_views($1, $2, ARRAY[$3]::uuid[], 16)', [tenantId, 'ben', id]],
      list: [
        'SELECT list_conversations($1, $2, false, NULL, NULL, NULL, NULL, NULL, NULL, true, $3, $4, 20, 16, 2000)',
        [tenantId, 'ben', ...top],
      ],
      page: ['SELECT page_text($1, $2, $3, NULL, NULL, 50)', [tenantId, 'ben', id]],
      receipts: [`SELECT message_receipts($1, $2, $3, NULL, 50)`, [tenantId, 'ana', message.id]],
      present: ['SELECT presence_seen($1, $2, $3)', [tenantId, 'ben', ['ana']]],
      found: [`SELECT search_users($1, 'ben', false, 'an', '', '', 20)`, [tenantId]],
      recipients: ['SELECT audience_recipients($1, $2, NULL, 500, 15000, $3)', [tenantId, id, '{}']],
      standings: ['SELECT audience_standings($1, $2, $3, $4, $5, true)', [tenantId, ['ben'], [id], [1], [2]]],
    }
    const blocks: Record<string, number> = {}
    for (const [name, [text, params]] of Object.entries(asked)) {
      // the first call of a connection reads what its functions are, besides
      await called(text, params)
      const steps = await called(text, params)
      blocks[name] = blocksOf(steps)
    }
    expect(blocks).toEqual(
      Object.fromEntries(Object.keys(asked).map((name) => [name, expect.toSatisfy((n: number) => n < 100)])),
    )
  })

  test('the latest 50 messages of 50,000', async () => {
    const { people, group, asOwner } = world
    const { ana, ben, tenantId } = people('ana', 'ben')
    const ids = [await group(ana, ben), await group(ana, ben)]
    for (const id of ids)
      await asOwner(
        `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
         SELECT $1, 10 + n, gen_random_uuid(), $2, 'ben', 'text', 'message ' || n, n, '', now() FROM generate_series(1, 50000) n`,
        [id, tenantId],
      )
    if (counted) await asOwner('ANALYZE messages')
    const page = 'SELECT page_text($1, $2, $3, $4, $5, 50)'
    for (const [before, after] of [
      [null, null],
      [25_000, null],
      [null, 25_000],
    ]) {
      const steps = await called(page, [tenantId, 'ana', ids[0], before, after])
      expect(looked(steps, 'messages')).toBeLessThanOrEqual(51)
      expect(looked(steps)).toBeLessThan(250)
    }
  })

  test('a page of a list of 5,000 conversations, and no more than 2,000 of them where few are wanted', async () => {
    const { people, chat, asOwner } = world
    const { ana, tenantId } = people('ana')
    await chat.getMe(ana, {})
    // one every ten minutes, which is a month
    await asOwner(
      `WITH made AS (
         INSERT INTO conversations (id, tenant_id, kind, created_by, title, last_seq, last_message_at, listed_at, created_at, participant_count)
         SELECT gen_random_uuid(), $1, CASE WHEN n = 4900 THEN 'direct' ELSE 'group' END, 'ana', 'Kitchen ' || n, 0, at, at, at, 1
         FROM generate_series(1, 5000) n, LATERAL (SELECT now() - n * interval '10 minutes' AS at) t RETURNING id, listed_at)
       INSERT INTO participants (conversation_id, user_id, tenant_id, role, listed_at) SELECT id, 'ana', $1, 'owner', listed_at FROM made`,
      [tenantId],
    )
    if (counted) for (const table of ['conversations', 'participants']) await asOwner(`ANALYZE ${table}`)
    const list = 'SELECT list_conversations($1, $2, $3, $4, NULL, NULL, NULL, $5, $6, $7, $8, $9, 20, 16, 2000)'
    const top = [true, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
    const first = await called(list, [tenantId, 'ana', false, null, null, null, ...top])
    expect(looked(first, 'conversations')).toBeLessThan(150)
    const deep = await asOwner<{ at: Date; id: string }>(
      'SELECT last_message_at AS at, id FROM conversations WHERE tenant_id = $1 ORDER BY last_message_at OFFSET 500 LIMIT 1',
      [tenantId],
    )
    const further = await called(list, [tenantId, 'ana', false, null, null, null, false, deep[0]!.at, deep[0]!.id])
    expect(looked(further, 'conversations')).toBeLessThan(150)
    for (const filter of [
      [false, 'direct', null, null],
      [false, null, true, null],
      [false, null, null, 'nothing'],
      [true, null, null, null],
    ]) {
      const steps = await called(list, [tenantId, 'ana', ...filter, ...top])
      // in three stretches, of which the last is the longest
      expect([filter, looked(steps, 'conversations') < 3_000]).toEqual([filter, true])
    }
    // on and on one comes to it
    let cursor: string | null = null
    const found: string[] = []
    for (const _ of upTo(4)) {
      const page: Awaited<ReturnType<typeof chat.listConversations>> = await chat.listConversations(ana, {
        kind: 'direct',
        ...(cursor !== null && { cursor }),
      })
      found.push(...page.data.map(({ title }) => title!))
      cursor = page.nextCursor
      if (cursor === null) break
    }
    expect([found, cursor]).toEqual([['Kitchen 4900'], null])
  })

  test("a page of all of a tenant's 20,000 conversations, and of one person's among them", async () => {
    const { people, chat, asOwner } = world
    const { ana, tenantId } = people('ana')
    await chat.getMe(ana, {})
    // one every ten minutes, which is a third of a year
    await asOwner(
      `WITH made AS (
         INSERT INTO conversations (id, tenant_id, kind, created_by, status, last_message_at, listed_at, created_at, participant_count)
         SELECT gen_random_uuid(), $1, 'group', 'ana', CASE WHEN n = 19900 THEN 'closed' ELSE 'active' END, at, at, at, 1
         FROM generate_series(1, 20000) n, LATERAL (SELECT now() - n * interval '10 minutes' AS at) t RETURNING id, listed_at)
       INSERT INTO participants (conversation_id, user_id, tenant_id, role, listed_at)
       SELECT id, CASE WHEN row_number() OVER () % 1000 = 0 THEN 'ana' ELSE 'ben' END, $1, 'owner', listed_at FROM made`,
      [tenantId],
    )
    if (counted) for (const table of ['conversations', 'participants']) await asOwner(`ANALYZE ${table}`)
    const list = 'SELECT conversations_of_tenant($1, NULL, $2, NULL, NULL, $3, $4, $5, 20, 10000)'
    const top = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
    const [deep] = await asOwner<{ at: Date; id: string }>(
      'SELECT last_message_at AS at, id FROM conversations WHERE tenant_id = $1 ORDER BY last_message_at OFFSET 500 LIMIT 1',
      [tenantId],
    )
    for (const place of [top, [deep!.at, deep!.id]])
      expect(looked(await called(list, [tenantId, null, null, ...place]))).toBeLessThan(150)
    expect(looked(await called(list, [tenantId, null, 'ana', ...top]))).toBeLessThan(150)
    // in stretches, of which the last is the longest
    expect(looked(await called(list, [tenantId, 'closed', null, ...top]))).toBeLessThan(30_000)
    const moderator = { ...ana, role: 'admin' as const }
    const sizes: number[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof world.admin.listAllConversations>> = await world.admin.listAllConversations(
        moderator,
        { status: 'closed', ...(cursor !== null && { cursor }) },
      )
      sizes.push(page.data.length)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(sizes).toEqual([0, 1])
  })

  test('the lines of an audit log of 20,000 about something, of somebody, and of a kind', async () => {
    const { people, chat, asOwner } = world
    const { ana, tenantId } = people('ana')
    await chat.getMe(ana, {})
    await asOwner(
      `INSERT INTO audit_log (tenant_id, actor_id, actor_role, action, target, details)
       SELECT $1, CASE WHEN n = 1 THEN 'rare' ELSE 'often' END, 'admin', CASE WHEN n = 2 THEN 'rare' ELSE 'often' END,
         CASE WHEN n = 3 THEN 'rare' ELSE 'often' END, '{}' FROM generate_series(1, 20000) n`,
      [tenantId],
    )
    if (counted) await asOwner('ANALYZE audit_log')
    for (const field of ['actorId', 'action', 'target'] as const)
      for (const [wanted, count] of [
        ['rare', 1],
        ['often', 20],
      ] as const) {
        const { sql, params } = auditPage(drizzle.mock({ casing: 'snake_case' }), tenantId, {
          [field]: wanted,
          limit: 20,
        }).toSQL()
        const steps = await called(sql, params, tenantId)
        expect([field, wanted, looked(steps, 'audit_log')]).toEqual([field, wanted, count])
        expect(steps.map((step) => step['Node Type'])).not.toContain('Sort')
      }
  })

  test('whom to tell of the last of 50,000 messages, and what of them', async () => {
    const { people, group, asOwner } = world
    const { ana, ben, tenantId } = people('ana', 'ben')
    const id = await group(ana, ben)
    await asOwner(
      `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
       SELECT $1, 10 + n, gen_random_uuid(), $2, 'ana', 'text', 'message ' || n, n, '', now() - (50000 - n) * interval '10 ms'
       FROM generate_series(1, 50000) n`,
      [id, tenantId],
    )
    await asOwner('UPDATE conversations SET last_seq = 50010 WHERE id = $1', [id])
    if (counted) await asOwner('ANALYZE messages')
    const told = JSON.stringify({ ben: 48_000 })
    const recipients = await called('SELECT audience_recipients($1, $2, NULL, 500, 15000, $3)', [tenantId, id, told])
    // 500 of each of the two, up to 100 that are counted, and the last 100 for who wrote them
    expect(looked(recipients, 'messages')).toBeLessThan(1_300)
    const standing = 'SELECT audience_standings($1, $2, $3, $4, $5, true)'
    const asked = [tenantId, ['ben'], [id], [48_001], [50_010]]
    expect(looked(await called(standing, asked), 'messages')).toBeLessThan(250)
  })

  test('who has an uploaded picture, among 3,000 users, groups and reports', async () => {
    const { people, chat, asOwner } = world
    const { ana, tenantId } = people('ana')
    await chat.getMe(ana, {})
    const picture = (n: string) => `'/v1/pictures/' || md5((${n})::text)::uuid`
    await asOwner(
      `INSERT INTO users (tenant_id, id, avatar_url) SELECT $1, 'user-' || n, ${picture('n')} FROM generate_series(1, 3000) n`,
      [tenantId],
    )
    await asOwner(
      `INSERT INTO conversations (id, tenant_id, kind, created_by, picture_url)
       SELECT gen_random_uuid(), $1, 'group', 'ana', ${picture("'c' || n")} FROM generate_series(1, 3000) n`,
      [tenantId],
    )
    await asOwner(
      `INSERT INTO reports (id, tenant_id, reporter_id, reason, snapshot)
       SELECT gen_random_uuid(), $1, 'ana', 'spam', jsonb_build_object('pictureUrl', ${picture("'r' || n")}) FROM generate_series(1, 3000) n`,
      [tenantId],
    )
    if (counted) await asOwner('ANALYZE users, conversations, reports')
    const ids = await asOwner<{ id: string }>(
      `SELECT md5(n)::uuid AS id FROM unnest(ARRAY['7', 'c7', 'r7', 'nobody']) n`,
    )
    const asked = ids.map(({ id }) => id)
    const steps = await called('SELECT id FROM pictures_in_use($1, $2)', [tenantId, asked])
    expect(looked(steps)).toBeLessThan(40)
    expect((await asOwner('SELECT id FROM pictures_in_use($1, $2)', [tenantId, asked])).length).toBe(3)
  })
})
