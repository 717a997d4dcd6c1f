import { freshDatabase, startPostgres } from '@parley/testkit'
import pg from 'pg'
import { expect, test } from 'vitest'
import { ledger } from '../test/toy-owners.ts'
import { applyMigrations, readOwnerSql } from './migrations.ts'
import { openPostgres } from './open-postgres.ts'
import type { Query, SqlFile } from './sql-files.ts'
import { openTestDatabase } from './testing/open-test-database.ts'

const { migrations, functions } = await readOwnerSql(ledger)
const names = [...migrations, ...functions].map(({ name }) => name)

test('two processes that start at once migrate the database once', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  await using one = openPostgres({ url: fresh.url, owner: ledger })
  await using two = openPostgres({ url: fresh.url, owner: ledger })
  const applied = await Promise.all([one.migrate(), two.migrate(), one.migrate()])
  // each is a transaction of its own, and the processes may take turns
  expect(applied.flat().sort()).toEqual([...names].sort())
  expect(await two.migrate()).toEqual([])
})

test('a migration that was changed after it had been applied is refused', async () => {
  await using opened = await openTestDatabase(ledger)
  await opened.asOwner(`UPDATE parley_migrations SET hash = 'of other text' WHERE name = $1`, [names[0]])
  await expect(opened.database.migrate()).rejects.toThrow(`Migration ${names[0]} was changed`)
})

test('a former release that starts on the database of a later one, which it has never seen before, leaves its functions alone', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const client = await connected(fresh.url)
  const query: Query = async (text, params) => (await client.query(text, params)).rows
  const answering = (text: string) => [
    sqlFile(
      'functions/release',
      `CREATE OR REPLACE FUNCTION release() RETURNS text LANGUAGE sql AS $$ SELECT '${text}' $$`,
    ),
  ]
  const former = { migrations: [sqlFile('0001_one', 'SELECT 1')], functions: answering('former') }
  const later = { migrations: [...former.migrations, sqlFile('0002_two', 'SELECT 1')], functions: answering('later') }
  await applyMigrations(query, ledger, later)
  expect(await applyMigrations(query, ledger, former)).toEqual([])
  expect((await client.query('SELECT release() AS it')).rows).toEqual([{ it: 'later' }])
  await client.end()
})

test('a migration that fails leaves nothing of itself, and is gone on with at the next start', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const client = new pg.Client({ connectionString: fresh.url })
  await client.connect()
  // a column of the second file is in the way of it
  await client.query('CREATE SCHEMA ledger')
  await client.query(`CREATE FUNCTION ledger.refuse() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN IF current_query() LIKE '%ADD COLUMN%' THEN RAISE EXCEPTION 'no'; END IF; END $$`)
  await client.query(`CREATE EVENT TRIGGER refuse_alter ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION ledger.refuse()`)
  await using database = openPostgres({ url: fresh.url, owner: ledger })
  await expect(database.migrate()).rejects.toThrow()
  expect((await client.query('SELECT name FROM ledger.parley_migrations')).rows).toEqual([{ name: names[0] }])
  await client.query('DROP EVENT TRIGGER refuse_alter')
  await client.end()
  expect(await database.migrate()).toEqual(names.slice(1))
})

test('while a migration is busy, others use what the one before it has changed', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const [migrating, other] = await Promise.all([connected(fresh.url), connected(fresh.url)])
  const query: Query = async (text, params) => (await migrating.query(text, params)).rows
  await other.query('CREATE SCHEMA ledger; CREATE TABLE ledger.letters (id integer)')
  await other.query('SELECT pg_advisory_lock(1)')
  const busy = applyMigrations(query, ledger, {
    migrations: [
      sqlFile('0001_more', 'ALTER TABLE letters ADD COLUMN words text'),
      sqlFile('0002_long', 'SELECT pg_advisory_xact_lock(1)'),
    ],
    functions: [],
  })
  const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
  await expect.poll(async () => (await other.query(waiting)).rowCount).toBe(1)
  await other.query(`SET lock_timeout = '1s'`)
  expect((await other.query('SELECT words FROM ledger.letters')).rows).toEqual([])
  await other.query('SELECT pg_advisory_unlock(1)')
  expect(await busy).toEqual(['0001_more', '0002_long'])
  await Promise.all([migrating.end(), other.end()])
})

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

const sqlFile = (name: string, sql: string): SqlFile => ({ name, sql, hash: sql })

test('a column with a default is added where Postgres refuses it for a function that names columns of the row', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const client = await connected(fresh.url)
  const query: Query = async (text, params) => (await client.query(text, params)).rows
  await client.query('CREATE SCHEMA ledger; SET search_path TO ledger')
  // as 15.20 and its like do it of themselves: the others are made to
  await client.query(`CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_query() LIKE '%DEFAULT%' AND EXISTS (SELECT FROM pg_proc WHERE proname = 'half_of' AND prosqlbody IS NOT NULL) THEN
      RAISE EXCEPTION 'cannot alter table "letters" because function half_of(letters) uses its row type'
        USING ERRCODE = 'feature_not_supported';
    END IF; END $$`)
  await client.query(`CREATE EVENT TRIGGER refuse_alter ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION public.refuse()`)
  const applied = await applyMigrations(query, ledger, {
    migrations: [
      sqlFile(
        '0001_letters',
        `CREATE TABLE letters (size integer, said text);
        CREATE FUNCTION half_of(l letters) RETURNS text LANGUAGE sql IMMUTABLE STRICT SECURITY DEFINER
          RETURN CASE WHEN l.size > 1 THEN 'it''s ' || (l.size / 2) END;
        CREATE VIEW halves AS SELECT half_of(l) AS half FROM letters l`,
      ),
      sqlFile('0002_more', 'ALTER TABLE letters ADD COLUMN read boolean NOT NULL DEFAULT false'),
    ],
    functions: [],
  })
  expect(applied).toEqual(['0001_letters', '0002_more'])
  await client.query(`INSERT INTO letters VALUES (4, 'four')`)
  expect(await query('SELECT half FROM halves')).toEqual([{ half: "it's 2" }])
  expect(await query(`SELECT provolatile, proisstrict, prosecdef FROM pg_proc WHERE proname = 'half_of'`)).toEqual([
    { provolatile: 'i', proisstrict: true, prosecdef: true },
  ])
  await client.end()
})
