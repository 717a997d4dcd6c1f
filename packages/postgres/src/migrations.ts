import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

const folder = new URL('../migrations/', import.meta.url)

export interface Migration {
  name: string
  sql: string
  hash: string
}

/** Runs one statement with parameters, or a file of several without. */
export type Query = (text: string, params?: unknown[]) => Promise<unknown[]>

/** The reviewed SQL files in order of their numbers. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { name, sql: text, hash: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/**
 * Applies, in one transaction, what the database does not have yet, and returns the names. A table lock makes several
 * processes that start at once take turns (an advisory lock would not survive a pooler). A migration that has been applied
 * must not be edited afterwards: its hash is checked.
 */
export async function applyMigrations(query: Query, migrations: Migration[]): Promise<string[]> {
  await query(`CREATE TABLE IF NOT EXISTS parley_migrations (
    name text CONSTRAINT parley_migrations_pk PRIMARY KEY, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`).catch(
    (err) => {
      // two processes created it in the same moment: the other one's is as good
      if (!/already exists|duplicate key/.test(String(err))) throw err
    },
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
    await query('COMMIT')
    return done
  } catch (err) {
    await query('ROLLBACK').catch(() => {})
    throw err
  }
}
