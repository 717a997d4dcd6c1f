import { applyFunctions, readFunctions } from './functions.ts'
import { type DatabaseOwner, identifier, prepareOwner } from './owner.ts'
import { type Query, readSqlFiles, type SqlFile } from './sql-files.ts'

/** All SQL of an owner: migrations in order of their numbers, and functions as they are today. */
export interface OwnerSql {
  migrations: SqlFile[]
  functions: SqlFile[]
}

export async function readOwnerSql(owner: DatabaseOwner): Promise<OwnerSql> {
  const [migrations, functions] = await Promise.all([readSqlFiles(owner.migrations), readFunctions(owner)])
  return { migrations, functions }
}

/**
 * Applies, in one transaction, what an owner's schema does not have yet, migrations first and then functions, and returns the
 * names. Each owner counts its own, in `parley_migrations` and `parley_functions` of its schema. A table lock makes several
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
  await query('BEGIN')
  try {
    await query('LOCK TABLE parley_migrations IN ACCESS EXCLUSIVE MODE')
    const rows = (await query('SELECT name, hash FROM parley_migrations')) as { name: string; hash: string }[]
    const applied = new Map(rows.map((row) => [row.name, row.hash]))
    const done: string[] = []
    for (const { name, sql, hash } of migrations) {
      const before = applied.get(name)
      if (before !== undefined && before !== hash)
        throw new Error(`Migration ${name} was changed after it had been applied; add a new one instead`)
      if (before !== undefined) continue
      await query(sql)
      await query('INSERT INTO parley_migrations (name, hash) VALUES ($1, $2)', [name, hash])
      done.push(name)
    }
    done.push(...(await applyFunctions(query, functions)))
    await query('COMMIT')
    return done
  } catch (err) {
    await query('ROLLBACK').catch(() => {})
    throw err
  }
}

/** Two processes made it in the same moment: the other one's is as good. */
function ignoreTwins(err: unknown): void {
  if (!/already exists|duplicate key|concurrently updated/.test(String(err))) throw err
}
