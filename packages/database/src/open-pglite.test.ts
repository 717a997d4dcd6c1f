import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SetupError } from '@parley/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ledger } from '../test/toy-owners.ts'
import { readOwnerSql } from './migrations.ts'
import { openPglite } from './open-pglite.ts'
import { dumpTemplate } from './pglite-data.ts'

let scratch: string
let template: URL
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'parley-pglite-'))
  template = pathToFileURL(join(scratch, 'current.tar.gz'))
  await writeFile(template, await dumpTemplate([{ owner: ledger }]))
})
afterAll(() => rm(scratch, { recursive: true }))

/** Where there is nothing yet. */
const newFolder = async () => join(await mkdtemp(join(scratch, 'data-')), 'parley')

const { migrations, functions } = await readOwnerSql(ledger)
const names = [...migrations, ...functions].map(({ name }) => name)

describe('data in a folder', () => {
  test('started from the template needs no migration, and is there after a restart', async () => {
    const folder = await newFolder()
    {
      await using embedded = await openPglite({ folder, template })
      const database = embedded.of(ledger)
      expect(await database.migrate()).toEqual([])
      await database.transaction({ tenantId: 'a' }, (tx) =>
        tx.execute(`INSERT INTO notes (tenant_id, text) VALUES ('a', 'of a')`),
      )
    }
    expect(await readdir(folder)).toEqual(['in-use.txt', 'postgres'])
    // a template for new data only
    await using embedded = await openPglite({ folder, template })
    const database = embedded.of(ledger)
    const { rows } = (await database.transaction({ tenantId: 'a' }, (tx) =>
      tx.execute('SELECT text FROM notes'),
    )) as unknown as { rows: unknown[] }
    expect(rows).toEqual([{ text: 'of a' }])
    expect(await database.call('SELECT text FROM notes')).toEqual([])
  })

  test('whose first start was cut off is started over', async () => {
    const folder = await newFolder()
    {
      await using _ = await openPglite({ folder, template })
    }
    await rm(join(folder, 'postgres', 'global'), { recursive: true })
    await rm(join(folder, 'in-use.txt'))
    await writeFile(join(folder, 'postgres.half-made'), '')
    await using embedded = await openPglite({ folder, template })
    expect(await embedded.of(ledger).migrate()).toEqual([])
  })

  test.each([
    ['without its version', (postgres: string) => rm(join(postgres, 'PG_VERSION'))],
    ['without its control file', (postgres: string) => rm(join(postgres, 'global', 'pg_control'))],
    [
      'with a control file that is cut off',
      (postgres: string) => truncate(join(postgres, 'global', 'pg_control'), 100),
    ],
    ['without its catalogue', (postgres: string) => rm(join(postgres, 'base'), { recursive: true })],
    ['that is gone', (postgres: string) => rm(postgres, { recursive: true })],
    [
      'that is empty',
      async (postgres: string) => {
        await rm(postgres, { recursive: true })
        await mkdir(postgres)
      },
    ],
  ])('%s is not opened, and says so', async (_what, damage) => {
    const folder = await newFolder()
    {
      await using _ = await openPglite({ folder, template })
    }
    await damage(join(folder, 'postgres'))
    const opening = openPglite({ folder, template })
    await expect(opening).rejects.toBeInstanceOf(SetupError)
    await expect(opening).rejects.toThrow(/cannot be opened: .*Put back a copy/)
    // and is free for whoever puts it right
    expect(await readdir(folder)).not.toContain('parley.lock')
  })

  test('in an empty folder in its place is made', async () => {
    const folder = await newFolder()
    await mkdir(join(folder, 'postgres'), { recursive: true })
    await using embedded = await openPglite({ folder, template })
    expect(await embedded.of(ledger).migrate()).toEqual([])
  })

  test('is not opened twice', async () => {
    const folder = await newFolder()
    await using _ = await openPglite({ folder, template })
    await expect(openPglite({ folder, template })).rejects.toThrow(/Another process/)
  })
})

test('a template of an older set of migrations and functions gets the missing ones on top', async () => {
  const template = pathToFileURL(join(scratch, 'older.tar.gz'))
  const older = { migrations: migrations.slice(0, 1), functions: [] }
  await writeFile(template, await dumpTemplate([{ owner: ledger, sql: older }]))
  await using embedded = await openPglite({ template })
  const database = embedded.of(ledger)
  expect(await database.migrate()).toEqual(names.slice(1))
  expect(await database.call('SELECT at FROM notes')).toEqual([])
})

test('however long the database is busy, the rest of the process goes on', async () => {
  await using embedded = await openPglite()
  const database = embedded.of(ledger)
  await database.migrate()
  let hasFired = false
  setTimeout(() => {
    hasFired = true
  }, 0)
  // each begins before the one before it is done, as calls of many users do
  let asked = 0
  const keepBusy = async (): Promise<void> => {
    while (!hasFired && asked++ < 20_000) await database.call('SELECT 1')
  }
  await Promise.all([keepBusy(), keepBusy()])
  expect(hasFired).toBe(true)
})

test('on a full disk nothing is written, everything can be read, and it goes on when there is room', async () => {
  let free = Number.POSITIVE_INFINITY
  const told: boolean[] = []
  await using embedded = await openPglite({
    freeBytes: async () => free,
    onDiskFull: (isFull) => told.push(isFull),
  })
  const database = embedded.of(ledger)
  await database.migrate()
  const write = () =>
    database.transaction({ tenantId: 'a' }, (tx) =>
      tx.execute(`INSERT INTO notes (tenant_id, text) VALUES ('a', 'of a')`),
    )
  await write()
  expect(() => database.checkDisk()).not.toThrow()
  free = 1_000_000
  const full = { code: 'unavailable', message: expect.stringMatching(/disk .* is full/) }
  await expect.poll(() => write().catch((err) => err)).toMatchObject(full)
  await expect(database.call('SELECT 1')).rejects.toMatchObject(full)
  await database.check()
  expect(() => database.checkDisk()).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  const rows = await database.transaction({ tenantId: 'a', snapshot: true }, (tx) =>
    tx.execute('SELECT text FROM notes'),
  )
  expect((rows as unknown as { rows: unknown[] }).rows.length).toBeGreaterThan(0)
  free = Number.POSITIVE_INFINITY
  await expect
    .poll(() =>
      write().then(
        () => 'written',
        (err) => err.message,
      ),
    )
    .toBe('written')
  expect(() => database.checkDisk()).not.toThrow()
  expect(told).toEqual([true, false])
})

test('a start on a full disk says so, and leaves the data alone', async () => {
  const folder = join(scratch, 'full')
  const opening = openPglite({ folder, freeBytes: async () => 1_000_000 })
  await expect(opening).rejects.toBeInstanceOf(SetupError)
  await expect(opening).rejects.toThrow(/disk of .*full is full/)
  expect(await readdir(folder)).toEqual([])
})

test('text stays as it lies in the columns, also after a statement that failed', async () => {
  await using embedded = await openPglite()
  const database = embedded.of(ledger)
  await database.migrate()
  const BOM = '\ufeff'
  const ask = async () => {
    const [row] = await database.call<Record<string, unknown>>(
      `SELECT $1::text AS text, $1::varchar AS varchar, ARRAY[$1::text] AS list, to_json($1::text) AS json, length($1::text) AS length`,
      [`${BOM}${BOM}ana`],
    )
    return row
  }
  const kept = `${BOM}${BOM}ana`
  const whole = { text: kept, varchar: kept, list: [kept], json: kept, length: 5 }
  expect(await ask()).toEqual(whole)
  await expect(database.call('SELECT 1 / 0')).rejects.toThrow('division by zero')
  await expect(database.call('SELEKT')).rejects.toThrow('syntax error')
  expect(await ask()).toEqual(whole)
  const { rows } = (await database.transaction({ tenantId: 'a' }, (tx) =>
    tx.execute(`SELECT '${BOM}b' AS text`),
  )) as unknown as { rows: unknown[] }
  expect(rows).toEqual([{ text: `${BOM}b` }])
  // and nobody else's decoders are other than usual
  expect(new TextDecoder().decode(new TextEncoder().encode(`${BOM}a`))).toBe('a')
})
