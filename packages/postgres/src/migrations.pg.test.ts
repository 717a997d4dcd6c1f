import { execFile } from 'node:child_process'
import { freshDatabase, startPostgres } from '@parley/testkit'
import pg from 'pg'
import { expect, test } from 'vitest'
import { migrateCommand, replayCommand } from './commands.ts'
import { readMigrations } from './migrations.ts'
import { openPostgres } from './open-postgres.ts'
import { createOutbox } from './stores/outbox.ts'
import { openTestDatabase } from './test-database.ts'

const names = (await readMigrations()).map((migration) => migration.name)

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** As npm runs it. */
function spawn(command: 'migrate' | 'replay', args: string[], env: Record<string, string>): Promise<Outcome> {
  const file = new URL(`${command}.ts`, import.meta.url).pathname
  return new Promise((resolve) => {
    const node = ['--import', 'tsx', '--conditions=source', file, ...args]
    execFile(process.execPath, node, { env: { PATH: process.env.PATH, ...env } }, (err, stdout, stderr) =>
      resolve({ code: err ? Number(err.code) : 0, stdout, stderr }),
    )
  })
}

async function run(command: typeof migrateCommand, args: string[], env: Record<string, string>): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '' }
  const code = await command(args, {
    env,
    stdout: (text) => {
      outcome.stdout += text
    },
    stderr: (text) => {
      outcome.stderr += text
    },
  })
  return { code, ...outcome }
}

test('two processes that start at once migrate the database once', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  await using one = openPostgres({ url: fresh.url })
  await using two = openPostgres({ url: fresh.url })
  const applied = await Promise.all([one.migrate(), two.migrate(), one.migrate()])
  expect(applied.flat()).toEqual(names)
  expect(await two.migrate()).toEqual([])
})

test('a migration that was changed after it had been applied is refused', async () => {
  await using opened = await openTestDatabase()
  await opened.asOwner(`UPDATE parley_migrations SET hash = 'of other text' WHERE name = $1`, [names[0]])
  await expect(opened.database.migrate()).rejects.toThrow(`Migration ${names[0]} was changed`)
})

test('a migration that fails leaves nothing of itself or of those before it', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const client = new pg.Client({ connectionString: fresh.url })
  await client.connect()
  await client.query('CREATE FUNCTION replay_events(timestamptz) RETURNS int LANGUAGE sql RETURN 1')
  await using database = openPostgres({ url: fresh.url })
  await expect(database.migrate()).rejects.toThrow()
  expect((await client.query(`SELECT to_regclass('messages') AS found`)).rows).toEqual([{ found: null }])
  await client.query('DROP FUNCTION replay_events(timestamptz)')
  await client.end()
  expect(await database.migrate()).toEqual(names)
})

test('npm run migrate says what it applied, and what is wrong', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const env = { DATABASE_URL: fresh.url }
  expect(await spawn('migrate', [], env)).toEqual({ code: 0, stdout: `Applied ${names.join(', ')}\n`, stderr: '' })
  expect(await run(migrateCommand, [], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('up to date') })
  expect(await run(migrateCommand, [], {})).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('DATABASE_URL is not set'),
  })
  expect(await run(migrateCommand, [], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/out of reach.*ECONNREFUSED/),
  })
  expect(await run(migrateCommand, ['--force'], env)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Usage'),
  })
})

test('npm run replay queues what happened since a time', async () => {
  await using opened = await openTestDatabase()
  await opened.asOwner(
    `INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs)
     SELECT at::timestamptz, 'message.created', '{}', '{}', '{}', '{}'
     FROM unnest('{2026-10-31T23:59:59Z,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z}'::text[]) at`,
  )
  const env = { DATABASE_URL: opened.url }
  expect(await spawn('replay', ['--since', '2026-11-01T00:00:00Z'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Queued 2 entries since 2026-11-01T00:00:00.000Z'),
  })
  expect(await createOutbox(opened.database).claim(-1_000)).toHaveLength(2)
  const misuses = [[], ['--since'], ['--since', 'yesterday'], ['--since', '2026-11-01'], ['2026-11-01T00:00:00Z']]
  for (const args of misuses)
    expect(await run(replayCommand, args, env)).toMatchObject({ code: 2, stderr: expect.stringContaining('--since') })
})
