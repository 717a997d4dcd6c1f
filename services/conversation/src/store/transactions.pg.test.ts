import { createServer } from 'node:net'
import { openPostgres } from '@parley/database'
import { openTestDatabase, type TestDatabase } from '@parley/database/testing'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestWorld, type TestWorld, upTo } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'
import { createStore } from './store.ts'

let opened: TestDatabase
let world: TestWorld
beforeAll(async () => {
  world = await createTestWorld(async () => {
    opened = await openTestDatabase(conversationOwner, { poolSize: 3 })
    return opened
  })
})
afterAll(() => world?.[Symbol.asyncDispose]())

const cut = () =>
  opened.owner.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'parley'`,
  )

test('a snapshot shows one moment, whatever is committed meanwhile', async () => {
  const { people, group, send, store } = world
  const { ana, tenantId } = people('ana')
  const id = await group(ana)
  await send(id, ana, 'before')
  await store.snapshot(tenantId, async ({ conversations, messages }) => {
    const first = await messages.range(id, 0, 10)
    await send(id, ana, 'meanwhile')
    expect(await messages.range(id, 0, 10)).toEqual(first)
    expect(await conversations.heads([id])).toMatchObject([{ seq: 1 }])
  })
  await expect(store.snapshot(tenantId, ({ conversations }) => conversations.revise(id))).rejects.toMatchObject({
    cause: { cause: { code: '25006' } },
  })
})

test('a change to a conversation that stays locked is told to come back', async () => {
  const { people, group, chat, store } = world
  const { ana, ben, tenantId } = people('ana', 'ben')
  const id = await group(ana, ben)
  await store.transaction(tenantId, async ({ conversations }) => {
    await conversations.lock(id)
    await expect(chat.addParticipant(ana, { conversationId: id, userId: 'joe' })).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 250,
    })
  })
  await chat.addParticipant(ana, { conversationId: id, userId: 'joe' })
})

describe('a connection that dies', () => {
  test('between two statements fails the transaction as unavailable, and the next one works', async () => {
    const { people, group, store } = world
    const { ana, tenantId } = people('ana')
    const id = await group(ana)
    const attempt = store.transaction(tenantId, async ({ conversations }) => {
      const revised = await conversations.revise(id)
      await cut()
      await new Promise((resolve) => setTimeout(resolve, 50))
      await conversations.lock(id)
      return revised
    })
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable' })
    expect(await store.snapshot(tenantId, ({ conversations }) => conversations.heads([id]))).toMatchObject([{ rev: 1 }])
  })

  test('while a statement runs does the same', async () => {
    const { tenantId } = world.people()
    const attempt = world.database.transaction({ tenantId }, async (tx) => {
      setTimeout(() => void cut(), 50)
      await tx.execute(sql`select pg_sleep(5)`)
    })
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('while nobody uses it is replaced', async () => {
    const { people, group, chat } = world
    const { ana } = people('ana')
    const id = await group(ana)
    await cut()
    await expect.poll(() => chat.getConversation(ana, { conversationId: id }).catch(() => null)).toMatchObject({ id })
  })
})

test('maintenance gives way to whoever holds the events for longer, and stops nothing', async () => {
  const { people, group, store } = world
  const { ana } = people('ana')
  const partitions = async () => {
    const found = await opened.asOwner<{ name: string }>(
      `SELECT relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid
       WHERE inhparent = 'events'::regclass AND relname <> 'events_default'`,
    )
    return found.map(({ name }) => name)
  }
  for (const made of await partitions()) await opened.asOwner(`DROP TABLE ${made}`)
  const client = await opened.owner.connect()
  await client.query('BEGIN; LOCK TABLE events IN ACCESS SHARE MODE')
  await store.outbox.maintain()
  await group(ana)
  await client.query('COMMIT')
  client.release()
  expect(await partitions()).toEqual([])
  await store.outbox.maintain()
  expect((await partitions()).length).toBeGreaterThanOrEqual(3)
})

test('an error that was swallowed inside a transaction is not taken for a commit', async () => {
  const { tenantId } = world.people()
  const attempt = world.database.transaction({ tenantId }, async (tx) => {
    await tx.execute(sql`select 1 / 0`).catch(() => {})
    return 'fine'
  })
  await expect(attempt).rejects.toThrow('A statement failed')
})

test('a statement that does not answer gives its connection back to nobody, and its caller an answer', async () => {
  const { tenantId } = world.people()
  const slow = () => world.database.transaction({ tenantId }, (tx) => tx.execute(sql`select pg_sleep(30)`))
  // more than the pool has connections: some wait for one in vain
  const settled = Promise.allSettled(upTo(5).map(slow))
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, 10_000, 'late'))
  const results = await Promise.race([settled, late])
  if (results === 'late') throw new Error('The callers are still waiting')
  expect(results.map((r) => r.status === 'rejected' && r.reason.code)).toEqual(upTo(5).map(() => 'unavailable'))
  await world.database.transaction({ tenantId }, (tx) => tx.execute(sql`select 1`))
  // and Postgres does not go on with what nobody waits for
  const atWork = async () =>
    (
      await opened.owner.query(`SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'select pg_sleep(30)%'
      AND datname = current_database()`)
    ).rowCount
  await expect.poll(atWork, { timeout: 15_000 }).toBe(0)
})

describe('a database that accepts connections and says nothing', () => {
  test('leaves no call without an answer for two seconds, nor those that come after', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const database = openPostgres({
      owner: conversationOwner,
      url: `postgres://nobody@127.0.0.1:${port}/none`,
      poolSize: 2,
    })
    const store = createStore({ database, onCommitted: () => {}, onError: () => {} })
    const { people, draft } = world
    const { ana, tenantId } = people('ana')
    const id = '01900000-0000-7000-8000-000000000000'
    let late = 0
    const ask = async (call: Promise<unknown>) => {
      let answered = false
      setTimeout(() => {
        if (!answered) late++
      }, 2_000)
      await expect(call).rejects.toMatchObject({ code: 'unavailable' })
      answered = true
    }
    const calls: Promise<void>[] = []
    for (const _ of upTo(20)) {
      calls.push(ask(store.append(draft(id, ana, 'x'))))
      calls.push(ask(store.markRead({ tenantId, conversationId: id, userId: 'ana', seq: 1 })))
      calls.push(ask(store.snapshot(tenantId, ({ now }) => now())))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await Promise.all(calls)
    expect(late).toBe(0)
    await store[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
    server.close()
  })
})

test('closing the store first answers what is under way', async () => {
  const { people, group, draft } = world
  const { ana, ben } = people('ana', 'ben')
  const id = await group(ana, ben)
  const database = openPostgres({ owner: conversationOwner, url: opened.url })
  const store = createStore({ database, onCommitted: () => {}, onError: () => {} })
  await store.append(draft(id, ben, 'first'))
  const sent = Promise.all(upTo(20).map((n) => store.append(draft(id, ana, `m${n}`))))
  await store[Symbol.asyncDispose]()
  // the connections go at once: what was not answered by then never is
  await database[Symbol.asyncDispose]()
  expect((await sent).map((s) => s.message.seq)).toEqual(upTo(20).map((n) => n + 1))
})

test('closing the store writes the receipts that were still being collected', async () => {
  const { people, group, send } = world
  const { ana, ben, tenantId } = people('ana', 'ben')
  const id = await group(ana, ben)
  await send(id, ana, 'hello')
  await using database = openPostgres({ owner: conversationOwner, url: opened.url })
  const store = createStore({ database, onCommitted: () => {}, onError: () => {} })
  const read = store.markRead({ tenantId, conversationId: id, userId: 'ben', seq: 1 })
  await store[Symbol.asyncDispose]()
  const marks = await opened.asOwner('SELECT user_id FROM read_marks WHERE conversation_id = $1', [id])
  expect(marks).toEqual([{ user_id: 'ben' }])
  expect(await read).toMatchObject({ lastReadSeq: 1 })
})
