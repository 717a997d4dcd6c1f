import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freshDatabase, startPostgres } from '@parley/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ledger } from '../test/toy-owners.ts'
import type { Database } from './database.ts'
import { openPglite } from './open-pglite.ts'
import { openPostgres } from './open-postgres.ts'
import type { DatabaseOwner } from './owner.ts'
import { openTestDatabase } from './testing/open-test-database.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'parley-functions-'))
})
afterAll(() => rm(scratch, { recursive: true }))

/** The ledger of a release with these functions. */
async function releaseOf(files: Record<string, string>): Promise<DatabaseOwner> {
  const folder = await mkdtemp(join(scratch, 'release-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return { ...ledger, functions: pathToFileURL(`${folder}/`) }
}

const greet = (text: string) =>
  `CREATE OR REPLACE FUNCTION greeting() RETURNS text LANGUAGE sql AS $$ SELECT '${text}' $$;`

async function openServer() {
  const server = await startPostgres()
  const fresh = await freshDatabase(server.url)
  const opened: Database[] = []
  return {
    of(owner: DatabaseOwner) {
      const database = openPostgres({ url: fresh.url, owner })
      opened.push(database)
      return database
    },
    async [Symbol.asyncDispose]() {
      for (const database of opened) await database[Symbol.asyncDispose]()
      await fresh.drop()
    },
  }
}

describe.each([
  ['Postgres', openServer],
  ['PGlite', () => openPglite()],
])('functions on %s', (_name, open) => {
  const greeting = async (database: Database) => {
    const [row] = await database.call<{ greeting: string }>('SELECT greeting()')
    return row?.greeting
  }

  test('are replaced by the next release’s, and not by a former replica that restarts', async () => {
    await using opened = await open()
    const former = opened.of(await releaseOf({ 'greeting.sql': greet('good day') }))
    const next = opened.of(await releaseOf({ 'greeting.sql': greet('hello') }))
    expect((await former.migrate()).at(-1)).toBe('functions/greeting.sql')
    expect(await greeting(former)).toBe('good day')
    expect(await next.migrate()).toEqual(['functions/greeting.sql'])
    expect([await greeting(former), await greeting(next)]).toEqual(['hello', 'hello'])
    expect(await former.migrate()).toEqual([])
    expect([await greeting(former), await greeting(next)]).toEqual(['hello', 'hello'])
    // to go back, the text has to say something new
    const back = opened.of(await releaseOf({ 'greeting.sql': `-- again\n${greet('good day')}` }))
    expect(await back.migrate()).toEqual(['functions/greeting.sql'])
    expect(await greeting(next)).toBe('good day')
    expect([await next.migrate(), await former.migrate()]).toEqual([[], []])
  })

  test('may name each other whatever their files are called', async () => {
    await using opened = await open()
    const database = opened.of(
      await releaseOf({
        'a.sql': `CREATE OR REPLACE FUNCTION greeting() RETURNS text LANGUAGE sql AS $$ SELECT name_of_all() || '!' $$;`,
        'b.sql': `CREATE OR REPLACE FUNCTION name_of_all() RETURNS text LANGUAGE sql RETURN 'everybody';`,
      }),
    )
    await database.migrate()
    expect(await greeting(database)).toBe('everybody!')
  })

  test('leave nothing when one of them fails, and are tried again at the next start', async () => {
    await using opened = await open()
    const broken = opened.of(await releaseOf({ 'a.sql': greet('half'), 'b.sql': 'CREATE OR REPLACE FUNKTION' }))
    await expect(broken.migrate()).rejects.toThrow(/syntax error/)
    const mended = opened.of(await releaseOf({ 'a.sql': greet('whole') }))
    expect(await mended.migrate()).toEqual(['functions/a.sql'])
    expect(await greeting(mended)).toBe('whole')
  })
})

test('a template for tests is of its functions, too', async () => {
  for (const text of ['one', 'other']) {
    await using opened = await openTestDatabase(await releaseOf({ 'greeting.sql': greet(text) }))
    expect(await opened.database.migrate()).toEqual([])
    expect(await opened.database.call('SELECT greeting()')).toEqual([{ greeting: text }])
  }
})

test('replicas of one release that start at once replace a function once', async () => {
  const opened = await openServer()
  await using _ = opened
  await opened.of(await releaseOf({ 'greeting.sql': greet('good day') })).migrate()
  const next = await releaseOf({ 'greeting.sql': greet('hello') })
  const applied = await Promise.all([opened.of(next).migrate(), opened.of(next).migrate(), opened.of(next).migrate()])
  expect(applied.flat()).toEqual(['functions/greeting.sql'])
})
