import type { DatabaseOwner } from './owner.ts'
import { type Query, readSqlFiles, type SqlFile } from './sql-files.ts'

/** An owner's functions as they are today, each named `functions/<file>`. */
export async function readFunctions({ functions: folder }: Pick<DatabaseOwner, 'functions'>): Promise<SqlFile[]> {
  if (folder === undefined) return []
  const files = await readSqlFiles(folder)
  return files.map((file) => ({ ...file, name: `functions/${file.name}` }))
}

/**
 * Replaces, in the caller's transaction and after the migrations, the functions whose text this schema has never had, and
 * returns the names of their files.
 *
 * Every text that was ever applied stays in `parley_functions`, and none is applied twice: a replica of the former release that
 * restarts during a roll finds its own text there, superseded, and leaves the newer one alone. So a text that was replaced does
 * not come back by itself either. To return to one, change it: a comment suffices.
 *
 * The order of the files says nothing. Bodies are looked at when they are called, not when they are stored
 * (`check_function_bodies`), but for those in the form `RETURN ...`, which are bound to what they name as they are made: such a
 * function stands in one file with those that it names, after them. What tables, views and policies need is theirs, and stays
 * in the migrations.
 */
export async function applyFunctions(query: Query, functions: SqlFile[]): Promise<string[]> {
  if (functions.length === 0) return []
  await query(`CREATE TABLE IF NOT EXISTS parley_functions (
    name text NOT NULL, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT parley_functions_pk PRIMARY KEY (name, hash))`)
  const rows = (await query('SELECT name, hash FROM parley_functions')) as { name: string; hash: string }[]
  const known = new Set(rows.map(({ name, hash }) => `${name} ${hash}`))
  await query('SET LOCAL check_function_bodies = off')
  const done: string[] = []
  for (const { name, sql, hash } of functions) {
    if (known.has(`${name} ${hash}`)) continue
    await query(sql)
    await query('INSERT INTO parley_functions (name, hash) VALUES ($1, $2)', [name, hash])
    done.push(name)
  }
  return done
}
