import { execFile } from 'node:child_process'
import { migrateCommand, readOwnerSql } from '@parley/database'
import { freshDatabase, startPostgres } from '@parley/testkit'
import { expect, test } from 'vitest'
import { owners } from './owners.ts'

const sql = await Promise.all(owners.map(readOwnerSql))
const names = sql.flatMap(({ migrations, functions }) => [...migrations, ...functions]).map(({ name }) => name)

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** As npm runs it. */
function spawn(env: Record<string, string>): Promise<Outcome> {
  const file = new URL('migrate.ts', import.meta.url).pathname
  return new Promise((resolve) => {
    const node = ['--import', 'tsx', '--conditions=source', file]
    execFile(process.execPath, node, { env: { PATH: process.env.PATH, ...env } }, (err, stdout, stderr) =>
      resolve({ code: err ? Number(err.code) : 0, stdout, stderr }),
    )
  })
}

async function run(args: string[], env: Record<string, string>): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '' }
  const code = await migrateCommand(owners, args, {
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

test('npm run migrate says what it applied, and what is wrong', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const env = { DATABASE_URL: fresh.url }
  expect(await spawn(env)).toEqual({ code: 0, stdout: `Applied ${names.join(', ')}\n`, stderr: '' })
  expect(await run([], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('up to date') })
  expect(await run([], {})).toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_URL is not set') })
  expect(await run([], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/127\.0\.0\.1:1\/none: nothing listens there.*ECONNREFUSED/s),
  })
  expect(await run(['--force'], env)).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') })
})
