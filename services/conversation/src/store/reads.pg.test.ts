import { createInProcessBus } from '@parley/bus'
import { openTestDatabase } from '@parley/database/testing'
import { connectRateLimiter, createLogger } from '@parley/runtime'
import { expect, test } from 'vitest'
import { createTestWorld, upTo, WIDE } from '../../test/test-world.ts'
import { mountConversation } from '../mount.ts'
import { conversationOwner } from './owner.ts'

test('what is read does not grow with the table, by plans that were made when all tables were empty', async () => {
  await using opened = await openTestDatabase(conversationOwner, { poolSize: 1 })
  const world = await createTestWorld(async () => opened)
  const { people, group, send, store } = world
  const { ana, ben, tenantId } = people('ana', 'ben')
  const id = await group(ana, ben)
  await send(id, ana, 'first')
  const before = { conversationId: id, epoch: 1, seq: 1, rev: 1, privateCounter: 0 }
  const read = async () => {
    expect(await store.reads.page(ben, id, { limit: 20 })).toBeTruthy()
    expect(await store.reads.page(ben, id, { before: 10_000, limit: 20 })).toBeTruthy()
    expect(await store.reads.page(ben, id, { after: 10, limit: 20 })).toBeTruthy()
    expect((await store.reads.conversations(ben, [id])).length).toBe(1)
    expect((await store.reads.session(ben, 500)).heads).not.toEqual([])
    await store.reads.sync(ben, { points: [before], since: new Date(0).toISOString(), bounds: WIDE })
  }
  for (const _ of upTo(10)) await read()
  await opened.owner.query(
    `INSERT INTO conversations (id, tenant_id, kind, created_by, participant_count)
     SELECT gen_random_uuid(), $1, 'group', 'somebody', 1 FROM generate_series(1, 5000)`,
    [tenantId],
  )
  await opened.owner.query(
    `INSERT INTO participants (conversation_id, user_id, tenant_id, role)
     SELECT id, 'somebody', tenant_id, 'owner' FROM conversations WHERE tenant_id = $1 AND created_by = 'somebody'`,
    [tenantId],
  )
  await opened.owner.query(
    `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
     SELECT $1, s, gen_random_uuid(), $2, 'ana', 'text', 'x', s::text, 'x', now() FROM generate_series(2, 20000) s`,
    [id, tenantId],
  )
  await opened.owner.query('UPDATE conversations SET last_seq = 20000 WHERE id = $1', [id])
  // and not of what was read long ago, to the last few
  await opened.owner.query('UPDATE participants SET last_read_seq = 19990 WHERE conversation_id = $1', [id])
  const rows = async () => {
    const { rows } = await opened.owner.query(
      `SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot(),
         (SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_user_tables) AS fetched,
         (SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes) AS walked`,
    )
    return Math.max(rows[0].fetched, rows[0].walked)
  }
  // three pages of 20, 51 of a sync, and who they are by
  expect(await rowsReadBy(read)).toBeLessThan(1_500)
  // who has come back may see nothing of it
  await opened.owner.query('UPDATE participants SET visible_from_seq = 20000 WHERE conversation_id = $1', [id])
  expect(await store.reads.page(ben, id, { limit: 20 })).toEqual([])
  expect(await rowsReadBy(read)).toBeLessThan(300)

  async function rowsReadBy(work: () => Promise<void>): Promise<number> {
    await reported()
    // of its own work a backend reports after it has answered
    await rows()
    const from = await rows()
    await work()
    await reported()
    return (await rows()) - from
  }

  /** A backend reports what it has read before it answers. */
  async function reported() {
    await opened.database.call('SELECT pg_stat_force_next_flush()')
    await opened.database.call('SELECT 1')
  }
})

test('of somebody with thousands of unread conversations only what fills the answer is looked at', async () => {
  await using opened = await openTestDatabase(conversationOwner)
  const world = await createTestWorld(async () => opened)
  const { people, group, chat, store } = world
  const { ana, ben, tenantId } = people('ana', 'ben')
  await group(ana, ben)
  const count = 5_000
  await opened.owner.query(
    `WITH made AS (
       INSERT INTO conversations (id, tenant_id, kind, created_by, participant_count, last_seq, last_message_at, listed_at)
       SELECT gen_random_uuid(), $1, 'group', 'ana', 2, 1, at, at
       FROM generate_series(1, $2::int) n, LATERAL (SELECT now() - n * interval '1 second' AS at) t
       RETURNING id, last_message_at),
     joined AS (
       INSERT INTO participants (conversation_id, user_id, tenant_id, role, last_read_seq, listed_at)
       SELECT id, who, $1, 'member', CASE who WHEN 'ana' THEN 1 ELSE 0 END, last_message_at FROM made, unnest(ARRAY['ana', 'ben']) who)
     INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
     SELECT id, 1, gen_random_uuid(), $1, 'ana', 'text', 'x', 'x', 'x', last_message_at FROM made`,
    [tenantId, count],
  )
  const looked = async () => {
    const { rows } = await opened.owner.query(
      `SELECT pg_stat_clear_snapshot(), seq_tup_read::int AS scanned, idx_scan::int AS probes
       FROM pg_stat_user_tables WHERE relname = 'messages'`,
    )
    return rows[0] as { scanned: number; probes: number }
  }
  const settle = async () => {
    // every connection reports before it answers
    await Promise.all(upTo(10).map(() => opened.database.call('SELECT pg_stat_force_next_flush(), pg_sleep(0.05)')))
    await Promise.all(upTo(10).map(() => opened.database.call('SELECT pg_sleep(0.05)')))
  }
  const lookedAtBy = async (work: () => Promise<unknown>) => {
    await settle()
    const before = await looked()
    await work()
    await settle()
    const after = await looked()
    return { scanned: after.scanned - before.scanned, probes: after.probes - before.probes }
  }
  const few = (most: number) => ({ scanned: 0, probes: expect.toSatisfy((probes: number) => probes <= most) })

  expect((await store.reads.session(ben, 10)).unreadCount).toBe(100)
  expect(await lookedAtBy(() => store.reads.session(ben, 10))).toEqual(few(110))
  expect((await chat.listConversations(ben, { unread: true, limit: 20 })).data).toHaveLength(20)
  expect(await lookedAtBy(() => chat.listConversations(ben, { unread: true, limit: 20 }))).toEqual(few(100))
  expect((await chat.listConversations(ben, { unread: false, limit: 20 })).data).toHaveLength(1)
  expect((await chat.listConversations(ana, { unread: true, limit: 20 })).data).toEqual([])
})

test('a replica whose connections are all at work is ready', async () => {
  await using opened = await openTestDatabase(conversationOwner, { poolSize: 2 })
  await using bus = createInProcessBus()
  const log = createLogger({ name: 'readiness', level: 'silent' })
  await using limiter = connectRateLimiter({ url: undefined, log })
  const { checks } = mountConversation({
    config: { NODE_ENV: 'test' } as never,
    database: opened.database,
    bus,
    limiter,
    log,
  })
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const busy = upTo(2).map(() => opened.database.transaction({ tenantId: 'a' }, () => released))
  await (checks as unknown as { database: () => Promise<unknown> }).database()
  release()
  await Promise.all(busy)
})
