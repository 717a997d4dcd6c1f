import { openTestDatabase } from '@parley/database/testing'
import { expect, test } from 'vitest'
import { createTestWorld, upTo, WIDE } from '../../test/test-world.ts'
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
    await store.reads.sync(ben, [before], new Date(0).toISOString(), WIDE)
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
}, 60_000)
