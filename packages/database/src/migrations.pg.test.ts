import { freshDatabase, startPostgres } from '@parley/testkit'
import pg from 'pg'
import { expect, test } from 'vitest'
import { ledger } from '../test/toy-owners.ts'
import { readOwnerSql } from './migrations.ts'
import { openPostgres } from './open-postgres.ts'
import { openTestDatabase } from './testing/open-test-database.ts'

const { migrations, functions } = await readOwnerSql(ledger)
const names = [...migrations, ...functions].map(({ name }) => name)

test('two processes that start at once migrate the database once', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  await using one = openPostgres({ url: fresh.url, owner: ledger })
  await using two = openPostgres({ url: fresh.url, owner: ledger })
  const applied = await Promise.all([one.migrate(), two.migrate(), one.migrate()])
  expect(applied.flat()).toEqual(names)
  expect(await two.migrate()).toEqual([])
})

test('a migration that was changed after it had been applied is refused', async () => {
  await using opened = await openTestDatabase(ledger)
  await opened.asOwner(`UPDATE parley_migrations SET hash = 'of other text' WHERE name = $1`, [names[0]])
  await expect(opened.database.migrate()).rejects.toThrow(`Migration ${names[0]} was changed`)
})

test('a migration that fails leaves nothing of itself or of those before it', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const client = new pg.Client({ connectionString: fresh.url })
  await client.connect()
  // a column of the second file is in the way of it
  await client.query('CREATE SCHEMA ledger')
  await client.query(`CREATE FUNCTION ledger.refuse() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no'; END $$`)
  await client.query(`CREATE EVENT TRIGGER refuse_alter ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION ledger.refuse()`)
  await using database = openPostgres({ url: fresh.url, owner: ledger })
  await expect(database.migrate()).rejects.toThrow()
  expect((await client.query(`SELECT to_regclass('ledger.notes') AS found`)).rows).toEqual([{ found: null }])
  await client.query('DROP EVENT TRIGGER refuse_alter')
  await client.end()
  expect(await database.migrate()).toEqual(names)
})

test('a login that may make no roles migrates where an administrator has made the role', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const admin = new pg.Client({ connectionString: fresh.url })
  await admin.connect()
  await admin.query(`DO $$ BEGIN CREATE ROLE ${ledger.role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
  await admin.query(`CREATE ROLE parley_test_modest LOGIN PASSWORD 'modest' IN ROLE ${ledger.role}`)
  try {
    await admin.query('CREATE SCHEMA ledger AUTHORIZATION parley_test_modest')
    await admin.query(`GRANT USAGE ON SCHEMA ledger TO ${ledger.role}`)
    const url = new URL(fresh.url)
    url.username = 'parley_test_modest'
    url.password = 'modest'
    await using database = openPostgres({ url: url.href, owner: ledger })
    expect(await database.migrate()).toEqual(names)
    expect(await database.call('SELECT * FROM notes')).toEqual([])
  } finally {
    await admin.query('DROP SCHEMA IF EXISTS ledger CASCADE')
    await admin.query('DROP ROLE parley_test_modest')
    await admin.end()
  }
})
