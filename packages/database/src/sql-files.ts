import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/** A reviewed file of SQL, known by its name and a SHA-256 of its text. */
export interface SqlFile {
  name: string
  sql: string
  hash: string
}

/** Runs one statement with parameters, or a file of several without. */
export type Query = (text: string, params?: unknown[]) => Promise<unknown[]>

export const sqlFile = (name: string, sql: string): SqlFile => ({
  name,
  sql,
  hash: createHash('sha256').update(sql).digest('hex'),
})

/** The `.sql` files of a folder in order of their names. */
export async function readSqlFiles(folder: URL): Promise<SqlFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map(async (name) => sqlFile(name, await readFile(new URL(name, folder), 'utf8'))))
}
