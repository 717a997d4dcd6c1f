import { applyFunctions, readFunctions } from './functions.ts'
import { readJobsSql } from './jobs/jobs-sql.ts'
import { type DatabaseOwner, identifier, prepareOwner } from './owner.ts'
import { type Query, readSqlFiles, type SqlFile } from './sql-files.ts'
import { isBoundByFunction, unbindFunctions } from './unbind-functions.ts'

/** All SQL of an owner: migrations in order of their numbers, and functions as they are today. */
export interface OwnerSql {
  migrations: SqlFile[]
  functions: SqlFile[]
}

export async function readOwnerSql(owner: DatabaseOwner): Promise<OwnerSql> {
  const [migrations, functions, jobs] = await Promise.all([
    readSqlFiles(owner.migrations),
    readFunctions(owner),
    readJobsSql(owner),
  ])
  return { migrations: [...migrations, ...jobs.migrations], functions: [...functions, ...jobs.functions] }
}

/**
 * Applies what an owner's schema does not have yet, migrations first and then functions, and returns the names. Each migration has
 * a transaction of its own, so that a lock which one takes is not held while another is busy: replicas of the former release serve
 * meanwhile. For the same reason a migration moves no rows that may be many (those are filled in afterwards, some at a time), and an
 * index of a table that may be large has a file of its own: readers go on, writers wait while it is built. When one fails, those before it
 * stay, and the next start goes on with it.
 *
 * Each owner counts its own, in `parley_migrations` and `parley_functions` of its schema. A table lock makes several
 * processes that start at once take turns (an advisory lock would not survive a pooler). A migration that has been applied must
 * not be edited afterwards: its hash is checked. A function may: see `applyFunctions`.
 *
 * The session must be that of a login that may create schemas and roles; its search path is the owner's afterwards.
 */
export async function applyMigrations(
  query: Query,
  owner: DatabaseOwner,
  { migrations, functions }: OwnerSql,
): Promise<string[]> {
  await query(prepareOwner(owner)).catch(ignoreTwins)
  await query(`SET search_path TO ${identifier(owner.schema)}`)
  await query(`CREATE TABLE IF NOT EXISTS parley_migrations (
    name text CONSTRAINT parley_migrations_pk PRIMARY KEY, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`).catch(
    ignoreTwins,
  )
  const done: string[] = []
  const missing = await missingOf(query, migrations)
  for (const file of missing) {
    const apply = () =>
      inTurn(query, async () => {
        if ((await missingOf(query, [file])).length === 0) return false
        await query(file.sql)
        await query('INSERT INTO parley_migrations (name, hash) VALUES ($1, $2)', [file.name, file.hash])
        return true
      })
    const applied = await apply().catch(async (err) => {
      if (!isBoundByFunction(err)) throw err
      await inTurn(query, () => unbindFunctions(query))
      return apply()
    })
    if (applied) done.push(file.name)
  }
  done.push(
    ...(await inTurn(query, async () =>
      (await isOfLater(query, migrations)) ? [] : applyFunctions(query, functions),
    )),
  )
  return done
}

/** Whether a later release was here: its functions serve this one as well, and this one's would not serve that. */
async function isOfLater(query: Query, migrations: readonly SqlFile[]): Promise<boolean> {
  const known = new Set(migrations.map(({ name }) => name))
  const rows = (await query('SELECT name FROM parley_migrations')) as { name: string }[]
  return rows.some(({ name }) => !known.has(name))
}

/** Those that have not been applied. Refuses when one that has been is another now. */
async function missingOf(query: Query, migrations: SqlFile[]): Promise<SqlFile[]> {
  const rows = (await query('SELECT name, hash FROM parley_migrations')) as { name: string; hash: string }[]
  const applied = new Map(rows.map((row) => [row.name, row.hash]))
  const edited = migrations.find(({ name, hash }) => (applied.get(name) ?? hash) !== hash)
  if (edited) throw new Error(`Migration ${edited.name} was changed after it had been applied; add a new one instead`)
  return migrations.filter(({ name }) => !applied.has(name))
}

/** In a transaction, while no other process does so. */
async function inTurn<T>(query: Query, work: () => Promise<T>): Promise<T> {
  await query('BEGIN')
  try {
    await query('LOCK TABLE parley_migrations IN ACCESS EXCLUSIVE MODE')
    const result = await work()
    await query('COMMIT')
    return result
  } catch (err) {
    await query('ROLLBACK').catch(() => {})
    throw err
  }
}

/** Two processes made it in the same moment: the other one's is as good. */
function ignoreTwins(err: unknown): void {
  if (!/already exists|duplicate key|concurrently updated/.test(String(err))) throw err
}
