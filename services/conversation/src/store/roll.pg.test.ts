import { randomUUID } from 'node:crypto'
import { openPostgres } from '@parley/database'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { appliedAfter, migrationNames } from '../../test/fixtures/applied.ts'
import { type ReplayedCall, replayCalls } from '../../test/fixtures/calls.ts'
import { listFixtures, type RecordedCalls } from '../../test/fixtures/fixture.ts'
import { createFixtureWorld, harbor } from '../../test/fixtures/fixture-world.ts'
import { type OpenedFixture, openFixture } from '../../test/fixtures/open-fixture.ts'
import { wrongAnswers } from '../../test/fixtures/questions.ts'
import { firstDifferentRow } from '../../test/fixtures/same-start.ts'
import { upTo } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'

describe.each(await listFixtures())('a database of the version “%s”, migrated to the present one', (name) => {
  test('shows everybody what they were shown, and knows the places that their clients hold', async () => {
    await using fixture = await openFixture(name)
    const { rows } = await fixture.owner.query('SELECT name FROM parley_migrations ORDER BY name')
    expect(await appliedAfter(rows, fixture)).toEqual(await migrationNames())
    await using world = createFixtureWorld(openPostgres({ owner: conversationOwner, url: fixture.url }), randomUUID)
    expect(await wrongAnswers(world, fixture.shown)).toEqual([])
  })

  test('answers what that version’s replicas go on to send, on new connections', async () => {
    await using fixture = await openFixture(name)
    await fixture.migrate()
    const client = await fixture.connect()
    expect(await wrongRows(client, fixture.calls)).toEqual([])
  })

  test('answers it also on connections that they have held and used since before', async () => {
    await using fixture = await openFixture(name)
    const client = await fixture.connect()
    await rehearse(fixture, client)
    await fixture.migrate()
    expect(await wrongRows(client, fixture.calls)).toEqual([])
  })

  test('counts on without a gap where replicas of both versions write', async () => {
    await using fixture = await openFixture(name)
    await fixture.migrate()
    await using world = createFixtureWorld(openPostgres({ owner: conversationOwner, url: fixture.url }), randomUUID)
    const { ana, ben } = harbor
    const { data } = await world.chat.listConversations(ana, { kind: 'group', limit: 50 })
    const { id, lastSeq, rev } = data.find(({ title }) => title === 'Saturday’s tour')!
    const told = new Map<string, number>()
    const former = async () => {
      const client = await fixture.connect()
      for (const _ of upTo(20)) {
        const ids = upTo(5).map(() => randomUUID())
        const seqs = await appendAsBefore(client, fixture.calls, { id, sender: 'ben', ids })
        for (const [i, seq] of seqs.entries()) told.set(ids[i]!, seq)
        await markReadAsBefore(client, fixture.calls, { id, user: 'dev', seq: seqs.at(-1)! })
      }
    }
    const present = async () => {
      for (const _ of upTo(10)) {
        const content = 'of a present replica'
        const sent = await Promise.all(upTo(10).map(() => world.chat.sendMessage(ana, { conversationId: id, content })))
        for (const { message } of sent) told.set(message.id, message.seq)
        await world.chat.markRead(ana, { conversationId: id, seq: sent.at(-1)!.message.seq })
      }
    }
    await Promise.all([former(), former(), present(), present()])

    const { rows: stored } = await fixture.owner.query<{ id: string; seq: number }>(
      'SELECT id, seq::int FROM messages WHERE conversation_id = $1 ORDER BY seq',
      [id],
    )
    expect(told.size).toBe(400)
    expect(stored.map(({ seq }) => seq)).toEqual(upTo(lastSeq + 400))
    expect(new Map(stored.slice(lastSeq).map((row) => [row.id, row.seq]))).toEqual(
      new Map([...told].sort(([, a], [, b]) => a - b)),
    )
    const { rows: read } = await fixture.owner.query<{ rev: number }>(
      `SELECT c.rev::int FROM events e, unnest(e.conversation_ids, e.revs) AS c (id, rev)
       WHERE c.id = $1 AND e.type = 'messages.read' AND c.rev > $2 ORDER BY 1`,
      [id, rev],
    )
    const head = await world.chat.getConversation(ben, { conversationId: id })
    expect(head.lastSeq).toBe(lastSeq + 400)
    expect(read.map((row) => row.rev)).toEqual(upTo(head.rev - rev).map((n) => rev + n))
    expect(read.length).toBeGreaterThan(20)
  })
})

/** Sends everything that was recorded; which answers do not begin as they did, in words. */
async function wrongRows(client: pg.Client, calls: RecordedCalls, options = {}): Promise<string[]> {
  const wrong: string[] = []
  const compare = ({ call, text, rows }: ReplayedCall) => {
    const difference = firstDifferentRow(text, call.rows ?? [], rows)
    if (difference !== null) wrong.push(`${text}: ${difference}`)
  }
  await replayCalls(client, calls, compare, options)
  return wrong
}

/** Has the connection do everything once, so that it keeps its statements and plans, and takes it back. */
async function rehearse({ owner, calls }: OpenedFixture, client: pg.Client): Promise<void> {
  const { rows: sequences } = await owner.query(
    "SELECT format('%I.%I', schemaname, sequencename) AS name, last_value FROM pg_sequences",
  )
  await client.query('BEGIN')
  expect(await wrongRows(client, calls, { inTransaction: true })).toEqual([])
  await client.query('ROLLBACK')
  // which no rollback takes back
  for (const { name, last_value } of sequences) await owner.query('SELECT setval($1, $2)', [name, last_value])
}

/** The first recorded call of a lane's function whose items are one, to be sent with other items. */
function templateOf({ statements, groups }: RecordedCalls, name: string, acknowledgements: number) {
  const number = statements.findIndex((statement) => statement.name === name)
  const call = groups.flat().find(({ statement, params }) => {
    const acknowledged = params?.[acknowledgements]
    return statement === number && Array.isArray(acknowledged) && acknowledged.length === 0
  })
  return { statement: statements[number]!, params: call!.params! }
}

/** Waits for locks, and as often as the lock timeout ends that: as those replicas do. */
async function callAsBefore<T>(client: pg.Client, name: string, text: string, params: unknown[]): Promise<T> {
  for (;;)
    try {
      const { rows } = await client.query<[T], unknown[]>({ name, text, values: params, rowMode: 'array' })
      return rows[0]![0]
    } catch (err) {
      if ((err as { code?: string }).code !== '55P03') throw err
    }
}

/** Returns the places that the messages were told to have. */
async function appendAsBefore(
  client: pg.Client,
  calls: RecordedCalls,
  { id, sender, ids }: { id: string; sender: string; ids: string[] },
): Promise<number[]> {
  const { statement, params } = templateOf(calls, 'append_messages', 8)
  const values = params.map((param) => (Array.isArray(param) && param.length === 1 ? ids.map(() => param[0]) : param))
  Object.assign(values, { 1: ids.map(() => id), 2: ids.map(() => sender), 3: ids, 5: ids, 9: true })
  type Reply = { items: [verdict: string, seq: number, id: string][] }
  const { items } = await callAsBefore<Reply>(client, 'append_messages', statement.text, values)
  expect(items.map(([verdict, , messageId]) => [verdict, messageId])).toEqual(ids.map((one) => ['fresh', one]))
  return items.map(([, seq]) => seq)
}

async function markReadAsBefore(
  client: pg.Client,
  calls: RecordedCalls,
  { id, user, seq }: { id: string; user: string; seq: number },
): Promise<void> {
  const { statement, params } = templateOf(calls, 'mark_read', 4)
  const values = Object.assign([...params], { 1: [id], 2: [user], 3: [seq], 5: true })
  type Reply = { items: [verdict: string, lastReadSeq: number, rev: number | null][] }
  const { items } = await callAsBefore<Reply>(client, 'mark_read', statement.text, values)
  expect(items.map(([verdict]) => verdict)).toEqual([expect.stringMatching(/^(moved|same)$/)])
}
