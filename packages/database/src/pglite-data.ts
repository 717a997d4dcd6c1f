import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { SetupError } from '@parley/contracts'
import { applyMigrations, type OwnerSql, readOwnerSql } from './migrations.ts'
import type { DatabaseOwner } from './owner.ts'
import type { Query } from './sql-files.ts'
import { TextKeepingPglite } from './text-keeping-pglite.ts'

/** Says in a data folder that there is a database in it, so that its loss is not taken for a first start. */
const IN_USE = 'in-use.txt'
const IN_USE_TEXT = 'The database of Parley is in the folder postgres beside this file. Keep them together.\n'

/** Files that every database has, and none can be opened without. */
const NEEDED = ['PG_VERSION', join('global', 'pg_control')]

/**
 * Opens the data in the folder, or in memory. New data starts from the template where there is one, which skips initdb. What a
 * first start left half made is started over: nothing was ever stored in it. Data that is missing or damaged in a folder that was in
 * use is left as it is, and a SetupError says so.
 */
export async function startPglite(folder: string | undefined, template: URL | undefined): Promise<PGlite> {
  if (folder === undefined) return TextKeepingPglite.open(await templateOptions(template))
  const dataDir = join(folder, 'postgres')
  const halfMade = join(folder, 'postgres.half-made')
  const inUse = join(folder, IN_USE)
  if (existsSync(halfMade)) await rm(dataDir, { recursive: true, force: true })
  else if (await isUsed(folder)) {
    const missing = NEEDED.find((file) => !existsSync(join(dataDir, file)))
    if (missing !== undefined) throw damaged(dataDir, `${missing} is missing`)
    const client = await TextKeepingPglite.open({ dataDir }).catch((err) => {
      throw damaged(dataDir, reasonOf(err), err)
    })
    await writeFile(inUse, IN_USE_TEXT)
    return client
  }
  await mkdir(folder, { recursive: true })
  await writeFile(halfMade, '')
  const client = await TextKeepingPglite.open({ dataDir, ...(await templateOptions(template)) })
  await writeFile(inUse, IN_USE_TEXT)
  await rm(halfMade)
  return client
}

/** An empty folder in the database's place, such as a volume that is new, is nothing to lose. */
async function isUsed(folder: string): Promise<boolean> {
  if (existsSync(join(folder, IN_USE))) return true
  const files = await readdir(join(folder, 'postgres')).catch(() => [])
  return files.length > 0
}

function damaged(dataDir: string, what: string, cause?: unknown): SetupError {
  return new SetupError(
    `The database in ${dataDir} cannot be opened: ${what}. Nothing was changed there. Put back a copy of the whole data folder, ` +
      'or move it away or set PARLEY_DATA to another folder to start with an empty database.',
    { cause },
  )
}

/** The database aborts without a word when a file is not what it was: what it says then is of no use to anybody. */
function reasonOf(err: unknown): string {
  const { message } = err as Error
  if (hasCode(err, 'ENOSPC')) return 'no space is left on the disk'
  return /^Aborted|unreachable|exit/i.test(message ?? '') ? 'its files are damaged' : message || 'its files are damaged'
}

const hasCode = (err: unknown, code: string) => (err as { code?: unknown } | null)?.code === code

async function templateOptions(template: URL | undefined): Promise<{ loadDataDir?: Blob }> {
  if (template === undefined || !existsSync(template)) return {}
  return { loadDataDir: new Blob([new Uint8Array(await readFile(template))], { type: 'application/x-gzip' }) }
}

/**
 * A data folder with the owners' migrations and functions, packed for `PgliteOptions.template`. Of an older set of them it serves
 * as well: the missing ones are applied on top.
 */
export async function dumpTemplate(owners: readonly { owner: DatabaseOwner; sql?: OwnerSql }[]) {
  const client = await PGlite.create()
  try {
    for (const { owner, sql } of owners)
      await applyMigrations(migrationQuery(client), owner, sql ?? (await readOwnerSql(owner)))
    const dump = await client.dumpDataDir('gzip')
    return new Uint8Array(await dump.arrayBuffer())
  } finally {
    await client.close()
  }
}

/** `exec` runs a file of several statements, `query` binds parameters. */
export const migrationQuery =
  (client: PGlite): Query =>
  async (text, params) => {
    if (params) return (await client.query(text, params)).rows
    const results = await client.exec(text)
    return results.at(-1)?.rows ?? []
  }
