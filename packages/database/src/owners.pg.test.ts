import { freshDatabase, startPostgres } from '@parley/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { depot, ledger } from '../test/toy-owners.ts'
import type { Database } from './database.ts'
import { openPglite } from './open-pglite.ts'
import { openPostgres } from './open-postgres.ts'
import type { DatabaseOwner } from './owner.ts'

interface Opened extends AsyncDisposable {
  of(owner: DatabaseOwner): Database
}

async function openServer(): Promise<Opened> {
  const server = await startPostgres()
  const fresh = await freshDatabase(server.url)
  const opened: Database[] = []
  return {
    of(owner) {
      const database = openPostgres({ url: fresh.url, owner })
      opened.push(database)
      return database
    },
    async [Symbol.asyncDispose]() {
      for (const database of opened) await database[Symbol.asyncDispose]()
      await fresh.drop()
    },
  }
}

describe.each([
  ['Postgres', openServer],
  ['PGlite', (): Promise<Opened> => openPglite()],
])('two owners of one database on %s', (_name, open) => {
  let opened: Opened
  let ofLedger: Database
  let ofDepot: Database
  let migrated: string[][]
  let tenantId = ''
  let tries = 0
  beforeAll(async () => {
    opened = await open()
    ofLedger = opened.of(ledger)
    ofDepot = opened.of(depot)
    migrated = await Promise.all([ofLedger.migrate(), ofDepot.migrate()])
  })
  beforeEach(() => {
    tenantId = `t${++tries}`
  })
  afterAll(() => opened?.[Symbol.asyncDispose]())

  const write = (database: Database, text: string) =>
    database.transaction({ tenantId }, (tx) =>
      tx.execute(`INSERT INTO notes (tenant_id, text) VALUES ('${tenantId}', '${text}')`),
    )
  const read = async (database: Database, table = 'notes') => {
    const found = await database.transaction({ tenantId, snapshot: true }, (tx) =>
      tx.execute(`SELECT text FROM ${table} ORDER BY text`),
    )
    return (found as unknown as { rows: { text: string }[] }).rows.map(({ text }) => text)
  }

  test('migrate each for itself, at once and again', async () => {
    const names = ['0001_notes.sql', '0002_more.sql', 'functions/count_notes.sql']
    expect(migrated).toEqual([names, names])
    expect([await ofDepot.migrate(), await ofLedger.migrate()]).toEqual([[], []])
  })

  test('have tables of the same name, and see their own, whoever asked before', async () => {
    await Promise.all([write(ofLedger, 'of ledger'), write(ofDepot, 'of depot'), write(ofLedger, 'and more')])
    expect(await Promise.all([read(ofDepot), read(ofLedger), read(ofDepot)])).toEqual([
      ['of depot'],
      ['and more', 'of ledger'],
      ['of depot'],
    ])
    const count = (database: Database) =>
      database.transaction({ tenantId }, (tx) => tx.execute('SELECT count_notes()::int AS count'))
    expect(await Promise.all([count(ofDepot), count(ofLedger)])).toMatchObject([
      { rows: [{ count: 1 }] },
      { rows: [{ count: 2 }] },
    ])
    expect(await ofLedger.call('SELECT current_user::text AS role, current_schema()::text AS schema')).toEqual([
      { role: ledger.role, schema: ledger.schema },
    ])
  })

  test("may not look at the other's", async () => {
    await expect(read(ofDepot, 'ledger.notes')).rejects.toThrow()
    await expect(ofDepot.call('SELECT * FROM ledger.notes')).rejects.toThrow(/permission denied/)
    await write(ofDepot, 'of depot')
    expect(await read(ofDepot)).toEqual(['of depot'])
  })

  test('go on after a statement of one of them has failed', async () => {
    await Promise.all([write(ofLedger, 'of ledger'), write(ofDepot, 'of depot')])
    await expect(write(ofLedger, "it's no SQL")).rejects.toThrow()
    expect([await read(ofDepot), await read(ofLedger)]).toEqual([['of depot'], ['of ledger']])
  })
})
