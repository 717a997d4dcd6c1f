import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { applyMigrations, type OwnerSql, readOwnerSql } from './migrations.ts'
import type { DatabaseOwner } from './owner.ts'
import type { Query } from './sql-files.ts'

/**
 * Opens the data in the folder, or in memory. New data starts from the template where there is one, which skips initdb. What a
 * first start left half made is started over: nothing was ever stored in it.
 */
export async function startPglite(folder: string | undefined, template: URL | undefined): Promise<PGlite> {
  if (folder === undefined) return PGlite.create(await templateOptions(template))
  const dataDir = join(folder, 'postgres')
  const halfMade = join(folder, 'postgres.half-made')
  if (existsSync(halfMade)) await rm(dataDir, { recursive: true, force: true })
  if (existsSync(dataDir)) return PGlite.create({ dataDir })
  await mkdir(folder, { recursive: true })
  await writeFile(halfMade, '')
  const client = await PGlite.create({ dataDir, ...(await templateOptions(template)) })
  await rm(halfMade)
  return client
}

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
