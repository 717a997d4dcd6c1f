import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '@parley/contracts'
import { openPostgres } from '@parley/database'
import { openTestDatabase, type TestDatabase } from '@parley/database/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patiently } from '../../test/callers.ts'
import { readPage } from '../../test/read-page.ts'
import { actor, createTestWorld, type TestWorld, upTo } from '../../test/test-world.ts'
import { NOBODY } from '../domain/changes/committed-change.ts'
import { conversationOwner } from './owner.ts'
import { createStore, type PostgresStore } from './store.ts'

/** Two processes' worth of stores on one database. */
let opened: TestDatabase
let world: TestWorld
let other: PostgresStore & { close(): Promise<void> }

beforeAll(async () => {
  world = await createTestWorld(async () => {
    opened = await openTestDatabase(conversationOwner)
    return opened
  })
  const database = openPostgres({ owner: conversationOwner, url: opened.url })
  const store = createStore({ database, onCommitted: () => {}, onError: () => {} })
  const close = async () => {
    await store[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
  other = { ...store, close }
})
afterAll(async () => {
  await other?.close()
  await world?.[Symbol.asyncDispose]()
})

const history = async (who: { tenantId: string; userId: string }, id: string) =>
  (await readPage(world.store.reads, who, id, { limit: 10_000 })) ?? []

/** Tries again as a client does: the same draft until there is an answer that is not `unavailable`. */
async function sendUntilAnswered(store: PostgresStore, draft: ReturnType<TestWorld['draft']>): Promise<Message> {
  return (await patiently(() => store.append(draft))).message
}

/** Holds a conversation's lock as another session, until released. */
async function lockConversation(id: string): Promise<() => Promise<void>> {
  const client = await opened.owner.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE', [id])
  return async () => {
    await client.query('COMMIT')
    client.release()
  }
}

describe('two processes', () => {
  test('32 writers on ten conversations number densely, and every reply is the row', async () => {
    const { people, group, draft, store } = world
    const { tenantId } = people()
    const writers = upTo(32).map((n) => actor(tenantId, `writer-${n}`))
    const ids: string[] = []
    for (const _ of upTo(10)) ids.push(await group(writers[0]!, ...writers.slice(1)))
    const acked: Message[] = []
    const write = async (who: (typeof writers)[number], w: number) => {
      for (const n of upTo(25)) {
        const message = draft(ids[(w * 7 + n) % 10]!, who, `${who.userId} says ${n}`)
        acked.push(await sendUntilAnswered((w + n) % 2 ? store : other, message))
      }
    }
    await Promise.all(writers.map(write))
    let total = 0
    for (const id of ids) {
      const rows = await history(writers[0]!, id)
      total += rows.length
      expect(rows.map((m) => m.seq)).toEqual(upTo(rows.length))
      expect(acked.filter((m) => m.conversationId === id).sort((a, b) => a.seq - b.seq)).toEqual(rows)
      const times = rows.map((m) => m.createdAt)
      expect(times).toEqual([...times].sort())
    }
    expect(total).toBe(32 * 25)
  })

  test('fifty repeats at once are one message with one reply; another text under the key is refused', async () => {
    const { people, group, draft, store } = world
    const { ana } = people('ana')
    const id = await group(ana)
    const repeats = upTo(50).map((n) =>
      sendUntilAnswered(n % 2 ? store : other, draft(id, ana, 'once', { clientId: 'k' })),
    )
    const replies = await Promise.all(repeats)
    for (const reply of replies) expect(reply).toEqual(replies[0])
    expect(await history(ana, id)).toEqual([replies[0]])
    for (const one of [store, other])
      await expect(one.append(draft(id, ana, 'twice', { clientId: 'k' }))).rejects.toMatchObject({ code: 'key_reused' })
  })

  test('two that create the same direct conversation at once get the same', async () => {
    const { people } = world
    const { tenantId } = people()
    const insert = (store: PostgresStore) =>
      store.transaction(tenantId, async ({ users, conversations }) => {
        await users.ensure(['ana', 'ben'])
        const id = randomUUID()
        const values = { id, kind: 'direct' as const, directKey: 'pair', title: null, metadata: {}, createdBy: 'ana' }
        const inserted = await conversations.insert(values)
        return { inserted, id: inserted ? id : await conversations.findDirect('pair') }
      })
    const made = await Promise.all(upTo(8).map((n) => insert(n % 2 ? world.store : other)))
    expect(made.filter((m) => m.inserted)).toHaveLength(1)
    expect(new Set(made.map((m) => m.id)).size).toBe(1)
  })

  test('an open transaction makes the relay skip nothing', async () => {
    const { people, group, send, store } = world
    const { ana, tenantId } = people('ana')
    const [one, two] = [await group(ana), await group(ana)]
    await opened.owner.query('DELETE FROM outbox')
    let finish = () => {}
    const held = new Promise<void>((resolve) => {
      finish = resolve
    })
    let recorded = () => {}
    const isRecorded = new Promise<void>((resolve) => {
      recorded = resolve
    })
    const late = other.transaction(tenantId, async ({ conversations, record }) => {
      const { rev } = await conversations.revise(one)
      const conversation = (await conversations.loadShared([one])).get(one)!
      await record(
        { type: 'conversation.created', conversation },
        { conversationId: one, head: { seq: 0, rev }, members: NOBODY },
      )
      recorded()
      await held
    })
    await isRecorded
    await send(two, ana, 'meanwhile')
    expect((await store.outbox.claim(-1_000)).flatMap((c) => c.changes)).toMatchObject([{ conversationId: two }])
    finish()
    await late
    // its number is lower than that of what was relayed before
    expect((await store.outbox.claim(-1_000)).flatMap((c) => c.changes)).toMatchObject([
      { conversationId: one, rev: 2 },
    ])
  })
})

describe('a conversation that somebody else has locked', () => {
  test('keeps its messages waiting, in order, and nobody else', async () => {
    const { people, group, send } = world
    const { ana } = people('ana')
    const locked = await group(ana)
    const free: string[] = []
    for (const _ of upTo(10)) free.push(await group(ana))
    const release = await lockConversation(locked)
    let settled = 0
    const behind = upTo(3).map((n) => send(locked, ana, `before ${n}`).finally(() => settled++))
    const others = await Promise.all(upTo(100).map((n) => send(free[n % 10]!, ana, `m${n}`)))
    expect(others.map((o) => o.created)).toEqual(others.map(() => true))
    // sent later to the same conversation: in line behind the first ones
    behind.push(...upTo(3).map((n) => send(locked, ana, `after ${n}`).finally(() => settled++)))
    await send(free[0]!, ana, 'and another')
    expect(settled).toBe(0)
    await release()
    behind.push(send(locked, ana, 'last'))
    expect((await Promise.all(behind)).map(({ message }) => [message.seq, message.content])).toEqual([
      ...upTo(3).map((n) => [n, `before ${n}`]),
      ...upTo(3).map((n) => [n + 3, `after ${n}`]),
      [7, 'last'],
    ])
  })

  test('keeps nobody waiting who may not know of it', async () => {
    const { people, group, send, chat, store } = world
    const { ana, ben, eve, tenantId } = people('ana', 'ben', 'eve')
    const id = await group(ana, ben)
    const { message } = await send(id, ana, 'mine')
    const own = { conversationId: id, content: 'before I left', clientId: 'k' }
    const first = await chat.sendMessage(ben, own)
    await chat.removeParticipant(ben, { conversationId: id, userId: 'ben' })
    const release = await lockConversation(id)
    const attempt = (who: typeof ana) => chat.sendMessage(who, { conversationId: id, content: 'x' })
    // found locked by a batch, and then in line behind one that waits
    const early = [attempt(eve), attempt(ben)]
    const held = send(id, ana, 'held')
    await Promise.allSettled(early)
    await sleep(50)
    expect(await chat.sendMessage(ben, own)).toEqual({ ...first, created: false })
    const attempts = [
      ...early,
      attempt(eve),
      attempt(ben),
      store.markRead({ tenantId, conversationId: id, userId: 'eve', seq: 1 }),
      store.markRead({ tenantId, conversationId: id, userId: 'ben', seq: 1 }),
      chat.editMessage(eve, { messageId: message.id, content: 'x' }),
      chat.deleteMessage(eve, { messageId: message.id }),
      chat.updateConversation(eve, { conversationId: id, title: 'x' }),
      chat.addParticipant(eve, { conversationId: id, userId: 'eve' }),
      chat.updateParticipant(eve, { conversationId: id, userId: 'ana', role: 'member' }),
      chat.removeParticipant(eve, { conversationId: id, userId: 'ana' }),
    ]
    const refused = await Promise.allSettled(attempts)
    await release()
    await held.catch(() => {}) // it may have been given up on by now
    expect(refused.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(attempts.map(() => 'not_found'))
  })

  test('is given up on at the deadline, without a word stored, and works again afterwards', async () => {
    const { people, group, send, draft, store } = world
    const { ana } = people('ana')
    const id = await group(ana)
    const release = await lockConversation(id)
    const late = draft(id, ana, 'late')
    await expect(store.append(late)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 250 })
    await release()
    expect(await history(ana, id)).toEqual([])
    await send(id, ana, 'first')
    expect(await sendUntilAnswered(store, late)).toMatchObject({ seq: 2, id: late.id })
  })

  test('does not hold up another one that was locked for a moment', async () => {
    const { people, group, send } = world
    const { ana } = people('ana')
    const [stuck, brief] = [await group(ana), await group(ana)]
    const release = await lockConversation(stuck)
    const never = Promise.allSettled(upTo(600).map((n) => send(stuck, ana, `m${n}`)))
    // by now the stuck one was waited for in vain
    await sleep(400)
    const releaseBrief = await lockConversation(brief)
    const sent = send(brief, ana, 'hello')
    await sleep(50)
    await releaseBrief()
    await sent
    // it went through while the stuck messages are still waiting
    expect(await Promise.race([never, 'still waiting'])).toBe('still waiting')
    await release()
    const settled = await never
    expect(settled.map((s) => s.status === 'fulfilled' && s.value.message.seq)).toEqual(upTo(600))
  })

  test('keeps its receipts waiting, and nobody else’s', async () => {
    const { people, group, send, store, asOwner } = world
    const { ana, ben, tenantId } = people('ana', 'ben')
    const [locked, free] = [await group(ana, ben), await group(ana, ben)]
    for (const id of [locked, free]) await send(id, ana, 'm')
    const release = await lockConversation(locked)
    const read = (conversationId: string) => store.markRead({ tenantId, conversationId, userId: 'ben', seq: 1 })
    const held = read(locked)
    expect(await read(free)).toEqual({ lastReadSeq: 1, unreadCount: 0 })
    expect(await Promise.race([held, 'still waiting'])).toBe('still waiting')
    await release()
    expect(await held).toEqual({ lastReadSeq: 1, unreadCount: 0 })
    expect(await asOwner('SELECT 1 FROM read_marks WHERE conversation_id = $1', [locked])).toHaveLength(1)
  })
})

describe('connections that are cut under load', () => {
  test('lose nothing that was acknowledged, double nothing, and leave no call without an answer', async () => {
    const { people, group, draft, store } = world
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    let over = false
    let answered = 0
    const cutting = (async () => {
      let cut = 0
      while (!over) {
        const { rows } = await opened.owner.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name LIKE 'parley:append%'`,
        )
        cut += rows.length
        // a slow machine gets something done in between as well
        const before = answered
        do await sleep(25)
        while (answered === before && !over)
      }
      return cut
    })()
    const write = async (who: typeof ana, w: number) => {
      const acked = []
      for (const n of upTo(12)) {
        acked.push(await sendUntilAnswered(w % 2 ? store : other, draft(id, who, `${w}:${n}`)))
        answered++
      }
      return acked
    }
    const acked = (await Promise.all(upTo(16).map((w) => write(w % 3 ? ana : ben, w)))).flat()
    over = true
    expect(await cutting).toBeGreaterThan(1)
    const rows = await history(ana, id)
    expect(rows.map((m) => m.seq)).toEqual(upTo(16 * 12))
    expect(acked.sort((a, b) => a.seq - b.seq)).toEqual(rows)
  })
})

/** Backends report what they read when they are idle for a second, or when they end: ends them. */
async function settle(): Promise<void> {
  await opened.owner.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'parley%'`,
  )
  await expect
    .poll(async () => {
      const { rows } = await opened.owner.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'parley%'`,
      )
      return rows.length
    })
    .toBe(0)
}

test('a full batch on a full database touches no table as a whole', async () => {
  const { people, group, draft, store } = world
  // others for each try
  const unique = randomUUID().slice(0, 23)
  const idOf = (number: number) => `${unique}-${String(number).padStart(12, '0')}`
  const { ana, tenantId } = people('ana')
  await group(ana)
  await opened.owner.query(
    `INSERT INTO conversations (id, tenant_id, kind, created_by, last_seq, participant_count)
     SELECT ($2 || '-' || lpad(n::text, 12, '0'))::uuid, $1, 'group', 'ana', 10, 1 FROM generate_series(1, 20000) n`,
    [tenantId, unique],
  )
  await opened.owner.query(
    `INSERT INTO participants (conversation_id, user_id, tenant_id, role) SELECT id, 'ana', tenant_id, 'owner'
     FROM conversations WHERE tenant_id = $1 AND last_seq = 10`,
    [tenantId],
  )
  await opened.owner.query(
    `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
     SELECT c.id, s, gen_random_uuid(), c.tenant_id, 'ana', 'text', 'x', s::text, 'x', now()
     FROM conversations c, generate_series(1, 10) s WHERE c.tenant_id = $1 AND c.last_seq = 10`,
    [tenantId],
  )
  // as the planner knows the tables at its worst: before anybody counted them
  const scans = async () => {
    await opened.owner.query('SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()')
    const { rows } = await opened.owner.query(
      `SELECT relname, seq_scan::int, idx_scan::int FROM pg_stat_user_tables
       WHERE relname IN ('conversations', 'participants', 'messages', 'users') ORDER BY relname`,
    )
    return rows as { relname: string; seq_scan: number; idx_scan: number }[]
  }
  await settle()
  const before = await scans()
  for (const round of upTo(3)) {
    const drafts = upTo(500).map((n) => draft(idOf(round * 500 + n), ana, `m${n}`))
    const sent = await Promise.all(drafts.map((d) => sendUntilAnswered(store, d)))
    expect(new Set(sent.map((m) => m.seq))).toEqual(new Set([11]))
    const mark = { tenantId, conversationId: sent[0]!.conversationId, userId: 'ana', seq: 11 }
    expect(await store.markRead(mark)).toMatchObject({ lastReadSeq: 11 })
  }
  await settle()
  const after = await scans()
  for (const [i, { relname, seq_scan, idx_scan }] of after.entries()) {
    expect([relname, seq_scan]).toEqual([relname, before[i]!.seq_scan])
    expect(idx_scan).toBeGreaterThan(before[i]!.idx_scan + 1_000)
  }
})

test('a message costs the same in a long conversation, by a plan that was made when all tables were empty', async () => {
  const fresh = await createTestWorld(() => openTestDatabase(conversationOwner))
  try {
    const { people, group, draft, store } = fresh
    const { ana, ben } = people('ana', 'ben')
    const ids = await Promise.all(upTo(30).map(() => group(ana, ben)))
    const rows = 3_000
    for (let n = 0; n < rows; n += 100)
      await Promise.all(upTo(100).map((i) => sendUntilAnswered(store, draft(ids[0]!, ana, `m${n + i}`))))
    const read = async () => {
      const [counts] = await fresh.asOwner(
        `SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot(), sum(n_tup_ins) FILTER (WHERE relname = 'messages')::int AS rows,
           sum(seq_tup_read + idx_tup_fetch)::int AS read, (SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes) AS walked
         FROM pg_stat_user_tables`,
      )
      return counts as { rows: number; read: number; walked: number }
    }
    await expect.poll(async () => (await read()).rows, { timeout: 15_000 }).toBe(rows)
    const { read: fetched, walked } = await read()
    // a handful of rows for each message; it was hundreds
    expect(Math.max(fetched, walked)).toBeLessThan(30 * rows)
  } finally {
    await fresh[Symbol.asyncDispose]()
  }
})
