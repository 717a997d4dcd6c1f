import { randomUUID } from 'node:crypto'
import { openTestDatabase } from '@parley/database/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { backendOf } from '../../test/callers.ts'
import { contextScene, rules } from '../../test/context-scene.ts'
import { createTestWorld, type TestWorld, upTo } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'

/** Whoever waits for the database waits for one transaction at most: it is short however much a call changes. */
const MOST_STATEMENTS = 26
/** The longest list that one statement of it may have to go through. */
const MOST_ROWS = 500

let world: TestWorld
let transactions: { texts: string[]; longest: number }[] = []

beforeAll(async () => {
  world = await createTestWorld(() => openTestDatabase(conversationOwner))
  const query = pg.Client.prototype.query
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    record(args[0], args[1])
    return query.apply(this, args as never) as never
  })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await world[Symbol.asyncDispose]()
})
beforeEach(() => {
  transactions = []
})

function record(asked: unknown, values: unknown): void {
  const text = typeof asked === 'string' ? asked : (asked as { text: string }).text
  if (text.startsWith('BEGIN')) transactions.push({ texts: [], longest: 0 })
  const transaction = transactions.at(-1)
  transaction?.texts.push(text)
  for (const value of Array.isArray(values) ? values : [])
    if (Array.isArray(value) && transaction) transaction.longest = Math.max(transaction.longest, value.length)
}

function expectShort(): void {
  expect(transactions.length).toBeGreaterThan(0)
  expect(Math.max(...transactions.map(({ texts }) => texts.length))).toBeLessThanOrEqual(MOST_STATEMENTS)
  expect(Math.max(...transactions.map(({ longest }) => longest))).toBeLessThanOrEqual(MOST_ROWS)
}

/** Conversations of a context, of two people each, as nobody could make so many by hand. */
async function fillPairs(tenantId: string, context: string, count: number, pairOf: (n: number) => [string, string]) {
  const ids = upTo(count).map(() => randomUUID())
  await world.asOwner(
    `INSERT INTO conversations (id, tenant_id, kind, created_by, context_type, context_id, context_key, blockable, participant_count)
     SELECT id, $1, 'context', 'ana', 'contract', $2, id::text, true, 2 FROM unnest($3::uuid[]) id`,
    [tenantId, context, ids],
  )
  for (const side of [0, 1])
    await world.asOwner(
      `INSERT INTO participants (conversation_id, user_id, tenant_id, role, via)
       SELECT i.id, i.user_id, $1, 'provider', 'context' FROM unnest($2::uuid[], $3::text[]) i (id, user_id)`,
      [tenantId, ids, ids.map((_, n) => pairOf(n)[side])],
    )
  transactions = []
  return ids
}

test('a context that gives five hundred people other roles is brought in short steps', async () => {
  const { ana, put } = await contextScene(world)
  const team = (role: string, count = 500) => upTo(count).map((n) => ({ userId: n === 1 ? 'ana' : `u${n}`, role }))
  await put({ version: 1, members: team('provider') })
  const { conversation } = await world.chat.openContextConversation(ana, { type: 'booking', id: '7' })
  transactions = []
  await put({ version: 2, members: team('customer') })
  expectShort()
  await put({ version: 3, members: team('customer', 1) })
  await put({ version: 4, members: team('customer') })
  expectShort()
  const shown = await world.chat.getConversation(ana, { conversationId: conversation.id })
  // each change is a step of the conversation
  expect(shown).toMatchObject({ participantCount: 500, rev: conversation.rev + 500 + 499 + 499 })
  expect(new Set(shown.participants.map(({ role }) => role))).toEqual(new Set(['customer']))
  const people = await world.asOwner<{ rev: string }>('SELECT rev FROM participants WHERE conversation_id = $1', [
    conversation.id,
  ])
  expect(new Set(people.map(({ rev }) => rev)).size).toBe(500)
})

test('a context whose status changes in hundreds of conversations is brought in short steps', async () => {
  const { tenantId, ana, backend } = await contextScene(world)
  await world.admin.setPolicy(backend, {
    contexts: {
      contract: { conversation: 'per_pair', starters: null, statuses: { done: { conversation: 'read_only' } } },
    },
  })
  const contract = (version: number, status?: string) =>
    world.host.upsertContexts(backend, {
      contexts: [
        {
          type: 'contract',
          id: 'c',
          version,
          ...(status && { status }),
          members: ['ana', ...upTo(300).map((n) => `u${n}`)].map((userId) => ({ userId, role: 'provider' })),
        },
      ],
    })
  await contract(1)
  const ids = await fillPairs(tenantId, 'c', 300, (n) => ['ana', `u${n + 1}`])
  world.committed.length = 0
  await contract(2, 'done')
  expectShort()
  const told = world.committed.flatMap(({ changes }) => changes)
  for (const id of ids)
    expect(told.filter(({ conversationId }) => conversationId === id)).toMatchObject([
      { type: 'conversation.updated', seq: 0, rev: 1, data: { id, status: 'read_only', rev: 1 } },
      { type: 'message.created', seq: 1, rev: 1, data: { conversationId: id, type: 'system', seq: 1 } },
    ])
  expect(await world.chat.getConversation(ana, { conversationId: ids[0]! })).toMatchObject({
    status: 'read_only',
    lastSeq: 1,
  })
})

test('a block between two who share very many conversations is marked in short steps', async () => {
  const { tenantId, ana, ben, backend } = await contextScene(world)
  await world.admin.setPolicy(backend, { ...rules, blocking: { contexts: true } })
  await world.host.upsertUsers(backend, { users: [{ userId: 'ana' }, { userId: 'ben' }] })
  const ids = await fillPairs(tenantId, 'd', 700, () => ['ana', 'ben'])
  const blocked = async () => {
    const rows = await world.asOwner(
      'SELECT 1 FROM participants WHERE conversation_id = ANY ($1) AND blocked_at IS NOT NULL',
      [ids],
    )
    return rows.length
  }
  await world.chat.blockUser(ana, { userId: 'ben' })
  expectShort()
  expect(await blocked()).toBe(1_400)
  await expect(
    world.chat.sendMessage(ben, { conversationId: ids.toSorted().at(-1)!, content: 'x' }),
  ).rejects.toMatchObject({ code: 'blocked' })
  transactions = []
  await world.chat.unblockUser(ana, { userId: 'ben' })
  expectShort()
  expect(await blocked()).toBe(0)
})

test('whoever is in very many conversations is shut out in short steps', async () => {
  const { tenantId, ben, backend } = await contextScene(world)
  await world.host.upsertUsers(backend, { users: [{ userId: 'ben' }] })
  const [id] = await fillPairs(tenantId, 'e', 1_200, (n) => [`u${n}`, 'ben'])
  await world.host.disableUser(backend, { userId: 'ben' })
  expectShort()
  await expect(world.chat.sendMessage(ben, { conversationId: id!, content: 'x' })).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('a hundred messages are imported in one short step', async () => {
  const { people, group, host } = world
  const { ana } = people('ana')
  const conversationId = await group(ana)
  transactions = []
  const { data } = await host.importMessages(backendOf(ana), {
    conversationId,
    messages: upTo(100).map((n) => ({
      senderId: 'ana',
      content: `m${n}`,
      createdAt: new Date(Date.UTC(2020, 0, 1, 0, 0, n)).toISOString(),
      clientId: `c${n}`,
    })),
  })
  expectShort()
  expect(data.map(({ message }) => message.seq)).toEqual(upTo(100))
})

test('a hundred users are stored, and stored again, in one short step', async () => {
  const { people, host } = world
  const backend = backendOf(people('ana').ana)
  for (const name of ['Ana', 'Ann']) {
    transactions = []
    await host.upsertUsers(backend, { users: upTo(100).map((n) => ({ userId: `u${n}`, name: `${name} ${n}` })) })
    expectShort()
  }
})

test('keys of calls are let go of after seven days, by the index and some at a time', async () => {
  const { people, chat, asOwner, forgetKeys } = world
  const { ana, tenantId } = people('ana')
  const make = (clientId: string) =>
    chat.createConversation(ana, { kind: 'group', title: clientId, clientId, participants: [{ userId: 'ben' }] })
  const [old, recent] = [await make('old'), await make('recent')]
  await asOwner(
    `UPDATE idempotency_keys SET created_at = now() - interval '7 days 1 minute' WHERE tenant_id = $1 AND key = 'old'`,
    [tenantId],
  )
  await asOwner(
    `INSERT INTO idempotency_keys (tenant_id, user_id, operation, key, body_hash, result, created_at)
     SELECT $1, 'ana', 'createConversation', n::text, '', '', now() - interval '8 days' FROM generate_series(1, 1200) n`,
    [tenantId],
  )
  expect(await forgetKeys()).toBe(1_201)
  expect(await forgetKeys()).toBe(0)
  expect(await make('recent')).toMatchObject({ created: false, conversation: { id: recent.conversation.id } })
  expect((await make('old')).conversation.id).not.toBe(old.conversation.id)
  const indexes = await asOwner<{ indexname: string }>(
    `SELECT indexname FROM pg_indexes WHERE tablename = 'idempotency_keys'`,
  )
  expect(indexes.map(({ indexname }) => indexname)).toContain('idempotency_keys_age')
})

test('an event of many changes is told again from few reads', async () => {
  const { people, store, chat } = world
  const { ana } = people('ana')
  const { conversation } = await chat.createConversation(ana, {
    kind: 'group',
    title: 'all',
    participants: upTo(60).map((n) => ({ userId: `u${n}` })),
  })
  await world.asOwner('DELETE FROM outbox')
  await Promise.all(upTo(100).map((n) => world.send(conversation.id, ana, `m${n}`)))
  transactions = []
  const claimed = await store.outbox.claim(-1_000)
  expectShort()
  expect(claimed.flatMap(({ changes }) => changes.map((change) => change?.seq))).toEqual(upTo(100))
})

test('what messages said that were deleted before histories went with them is taken out, some at a time, and nothing else', async () => {
  const { people, group, chat, asOwner, cleanHistories } = world
  const { ana, tenantId } = people('ana')
  const conversationId = await group(ana)
  const [gone, kept] = [
    (await chat.sendMessage(ana, { conversationId, content: 'gone' })).message.id,
    (await chat.sendMessage(ana, { conversationId, content: 'kept' })).message.id,
  ]
  const write = (id: string) =>
    asOwner(
      `INSERT INTO message_edits (message_id, rev, tenant_id, content, edited_by, edited_at)
       SELECT $1, 1000 + n, $2, 'words', 'ana', now() FROM generate_series(1, 600) n`,
      [id, tenantId],
    )
  await write(kept)
  await chat.deleteMessage(ana, { messageId: gone })
  await write(gone)
  const left = async (id: string) => {
    const [row] = await asOwner(
      `SELECT count(*)::int AS n FROM message_edits WHERE message_id = $1 AND content <> ''`,
      [id],
    )
    return row!.n
  }
  expect(await cleanHistories()).toBe(0)
  expect(await left(gone)).toBe(600)
  await asOwner(`INSERT INTO histories_progress (done_to) VALUES ('00000000-0000-0000-0000-000000000000')`)
  // of a message whose versions are more than one step, the others are not looked at again
  expect(await cleanHistories()).toBeGreaterThanOrEqual(1_000)
  expect([await left(gone), await left(kept)]).toEqual([0, 600])
  expect(await cleanHistories()).toBe(0)
})

test('who was there before names were looked for is found once the service has started, some at a time', async () => {
  const { people, chat, asOwner, fillUserTerms } = world
  const { ana, tenantId } = people('ana')
  await chat.getMe(ana, {})
  await fillUserTerms()
  await asOwner('ALTER TABLE users DISABLE TRIGGER USER')
  await asOwner(
    `INSERT INTO users (tenant_id, id, name) SELECT $1, 'old' || n, 'Early ' || n FROM generate_series(1, 1200) n`,
    [tenantId],
  )
  await asOwner('ALTER TABLE users ENABLE TRIGGER USER')
  const admin = { ...ana, userId: 'mod', role: 'admin' as const }
  expect((await chat.searchUsers(admin, { q: 'early' })).data).toEqual([])
  await asOwner(`INSERT INTO user_terms_progress (tenant_id, user_id) VALUES ('', '')`)
  expect(await fillUserTerms()).toBeGreaterThanOrEqual(1_200)
  expect((await chat.searchUsers(admin, { q: '1200 early' })).data).toMatchObject([{ userId: 'old1200' }])
  expect(await fillUserTerms()).toBe(0)
})
