import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readMigrations } from './migrations.ts'
import { openPglite } from './open-pglite.ts'
import { dumpTemplate } from './pglite-data.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'parley-pglite-'))
})
afterAll(() => rm(scratch, { recursive: true }))

const names = (await readMigrations()).map((migration) => migration.name)

describe('data in a folder', () => {
  test('started from the template needs no migration, and is there after a restart', async () => {
    const template = pathToFileURL(join(scratch, 'current.tar.gz'))
    await writeFile(template, await dumpTemplate())
    const folder = join(scratch, 'current')
    {
      await using database = await openPglite({ folder, template })
      expect(await database.migrate()).toEqual([])
      await database.transaction({ tenantId: 'a' }, (tx) => tx.execute(`INSERT INTO tenants (id) VALUES ('a')`))
    }
    expect(await readdir(folder)).toEqual(['postgres'])
    // a template for new data only
    await using database = await openPglite({ folder, template })
    const { rows } = (await database.transaction({ tenantId: 'a' }, (tx) =>
      tx.execute('SELECT id FROM tenants'),
    )) as unknown as { rows: unknown[] }
    expect(rows).toEqual([{ id: 'a' }])
    expect(await database.call('SELECT id FROM tenants')).toEqual([])
  })

  test('whose first start was cut off is started over', async () => {
    const template = pathToFileURL(join(scratch, 'current.tar.gz'))
    const folder = join(scratch, 'cut-off')
    {
      await using _ = await openPglite({ folder, template })
    }
    await rm(join(folder, 'postgres', 'global'), { recursive: true })
    await writeFile(join(folder, 'postgres.half-made'), '')
    await using database = await openPglite({ folder, template })
    expect(await database.migrate()).toEqual([])
  })

  test('is not opened twice', async () => {
    const template = pathToFileURL(join(scratch, 'current.tar.gz'))
    const folder = join(scratch, 'twice')
    await using _ = await openPglite({ folder, template })
    await expect(openPglite({ folder, template })).rejects.toThrow(/Another process/)
  })
})

test('a template of an older set of migrations gets the missing ones on top', async () => {
  const template = pathToFileURL(join(scratch, 'older.tar.gz'))
  await writeFile(template, await dumpTemplate((await readMigrations()).slice(0, 1)))
  await using database = await openPglite({ template })
  expect(await database.migrate()).toEqual(names.slice(1))
  expect(await database.call('SELECT replay_events(now())')).toHaveLength(1)
})
