import { openTestDatabase, type TestDatabase } from '@parley/database/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backendOf } from '../../test/callers.ts'
import { createTestWorld, type TestWorld } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'

let world: TestWorld
let url: string
beforeAll(async () => {
  world = await createTestWorld(async () => {
    const opened: TestDatabase = await openTestDatabase(conversationOwner)
    url = opened.url
    return opened
  })
})
afterAll(() => world[Symbol.asyncDispose]())

const index = async () => {
  for (let done = await world.indexEvents(100); done !== 'contended' && done.count > 0; )
    done = await world.indexEvents(100)
}
const rowsOf = (conversationId: string) =>
  world.asOwner('SELECT seq FROM message_search WHERE conversation_id = $1', [conversationId])

async function said(content: string) {
  const { people, group, send } = world
  const { ana } = people('ana')
  const id = await group(ana)
  const { message } = await send(id, ana, content)
  const find = async (q: string) =>
    (await world.chat.searchMessages(ana, { q })).data.map(({ message: { content } }) => content)
  return { ana, id, message, find }
}

/** A transaction of somebody else's, which ends when it is told to. */
async function begin() {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // of a test that failed before it ended
  await client.connect()
  await client.query('BEGIN')
  return {
    query: (sql: string, params: unknown[] = []) => client.query(sql, params),
    async end(how: 'COMMIT' | 'ROLLBACK') {
      await client.query(how)
      await client.end()
    },
  }
}

test('words that were deleted or edited while they were being taken are not taken', async () => {
  const { store, chat } = world
  const { ana, id, message, find } = await said('first words')
  const { message: second } = await world.send(id, ana, 'second words')
  const { step } = await store.search.nextEvents(1_000)
  await chat.deleteMessage(ana, { messageId: message.id })
  await chat.editMessage(ana, { messageId: second.id, content: 'other' })
  const words = [message, second].map(({ conversationId, seq, rev }) => ({
    ...{ conversationId, seq, rev, key: 'k' },
    terms: "'k=words':1",
  }))
  expect(await store.search.list(step!, words)).toBe(true)
  expect(await rowsOf(id)).toEqual([])
  await index()
  expect([await find('words'), await find('other')]).toEqual([[], ['other']])
})

test('a deletion that has not been committed yet is waited for', async () => {
  const { id, message, find } = await said('last words')
  const other = await begin()
  await other.query(`UPDATE messages SET content = '', deleted_at = now(), rev = 9 WHERE id = $1`, [message.id])
  await expect(world.indexEvents(1_000)).rejects.toMatchObject({ code: 'unavailable' })
  await other.end('COMMIT')
  await index()
  expect([await find('last'), await rowsOf(id)]).toEqual([[], []])
})

test('an event that is committed after later ones is not missed, and one that never is holds nothing up', async () => {
  const { ana, id, find } = await said('one')
  const late = await begin()
  const never = await begin()
  for (const [transaction, seq] of [
    [late, 900],
    [never, 901],
  ] as const) {
    await transaction.query(
      `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
       VALUES ($1, $2, gen_random_uuid(), $3, 'ana', 'text', 'late', gen_random_uuid(), '', now())`,
      [id, seq, ana.tenantId],
    )
    await transaction.query(
      `INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs)
       VALUES (now(), 'message.created', ARRAY[$1], ARRAY[$2::uuid], ARRAY[$3::bigint], '{0}')`,
      [ana.tenantId, id, seq],
    )
  }
  /** What the notification worker hears of it, which reads the same log. */
  const news = (position: string | null) => world.audience.newsAfter(backendOf(ana), { position })
  const before = await news(null)
  await world.send(id, ana, 'two')
  const { position, written } = await news(before.position)
  expect([written.length, (await news(position)).written]).toEqual([1, []])
  await index()
  expect([await find('two'), await find('late')]).toEqual([['two'], []])
  const missing = async () =>
    (await world.asOwner<{ n: number }>('SELECT cardinality(missing) AS n FROM search_progress'))[0]!.n
  expect(await missing()).toBe(2)
  await late.end('COMMIT')
  // though nothing has happened since
  const { position: then, written: came } = await news(position)
  expect([came, (await news(then)).written]).toMatchObject([[{ conversationId: id }], []])
  await index()
  expect([await find('late'), await missing()]).toEqual([['late'], 1])
  await never.end('ROLLBACK')
  // others on this server may have begun before it ended; it is looked for when something is written
  const missingNow = async () => {
    await world.send(id, ana, 'more')
    await index()
    return missing()
  }
  await expect.poll(missingNow).toBe(0)
  expect(await find('late')).toEqual(['late'])
})

test('nor is one whose transaction began after that of a later one', async () => {
  const { ana, id } = await said('one')
  const first = await begin()
  const second = await begin()
  const insert = (transaction: typeof first, seq: number) =>
    transaction.query(
      `INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs)
       VALUES (now(), 'message.created', ARRAY[$1], ARRAY[$2::uuid], ARRAY[$3::bigint], '{0}')`,
      [ana.tenantId, id, seq],
    )
  const news = async (position: string | null) => {
    const answer = await world.audience.newsAfter(backendOf(ana), { position })
    return { ...answer, count: answer.written.filter(({ conversationId }) => conversationId === id).length }
  }
  let { position } = await news(null)
  for (const transaction of [first, second]) await transaction.query('SELECT pg_current_xact_id()', [])
  await insert(second, 900)
  await insert(first, 901)
  await first.end('COMMIT')
  // it is seen that one is missing, and looked for as long as it may come
  for (const count of [1, 0, 0]) {
    const found = await news(position)
    expect(found.count).toBe(count)
    position = found.position
  }
  await second.end('COMMIT')
  expect((await news(position)).count).toBe(1)
})

test('of two replicas that take the same step one does', async () => {
  const { store } = world
  const { find } = await said('once')
  const [one, two] = [await store.search.nextEvents(1_000), await store.search.nextEvents(1_000)]
  expect([await store.search.list(one.step!, []), await store.search.list(two.step!, [])]).toEqual([true, false])
  expect(await find('once')).toEqual([])
})

test('where events are gone that nobody had read, all is filled in again, and what is there is not done twice', async () => {
  const { store, asOwner, fillSearch } = world
  const { ana, id, find } = await said('before')
  await index()
  await world.send(id, ana, 'unread')
  await asOwner(`SELECT setval('events_id', nextval('events_id') + 5000)`)
  await asOwner('DELETE FROM events')
  await world.send(id, ana, 'after')
  while ((await fillSearch(1_000)) === 'contended' || (await store.search.state()).filling) await fillSearch(1_000)
  await asOwner(`DELETE FROM message_search WHERE conversation_id = $1 AND seq = 2`, [id])
  await index()
  expect(await store.search.state()).toMatchObject({ filling: true, lagSeconds: 0 })
  expect([await find('after'), await find('unread')]).toEqual([['after'], []])
  while ((await store.search.state()).filling) await fillSearch(1_000)
  expect([await find('unread'), await find('before')]).toEqual([['unread'], ['before']])
})

test('filling in ends however many messages there are, and there is no step after the last', async () => {
  const { store, asOwner, fillSearch } = world
  await said('one of as many as a step takes')
  const [row] = await asOwner<{ count: number }>('SELECT count(*)::int AS count FROM messages')
  await store.search.startAgain()
  for (let steps = 0; (await store.search.state()).filling; steps++) {
    expect(steps).toBeLessThan(10)
    await fillSearch(row!.count)
  }
  expect(await store.search.state()).toMatchObject({ filled: row!.count })
  expect((await store.search.nextUnfilled(10)).step).toBe(null)
})

test('how far behind it is is said in seconds', async () => {
  const { store, asOwner } = world
  await index()
  expect((await store.search.state()).lagSeconds).toBe(0)
  await said('behind')
  await asOwner(`UPDATE events SET at = at - interval '90 seconds' WHERE id > (SELECT read_to FROM search_progress)`)
  const { lagSeconds } = await store.search.state()
  expect(lagSeconds).toBeGreaterThan(89)
  expect(lagSeconds).toBeLessThan(600)
})
