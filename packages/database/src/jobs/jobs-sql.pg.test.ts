import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freshDatabase, startPostgres } from '@parley/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { depot, ledger } from '../../test/toy-owners.ts'
import type { Database } from '../database.ts'
import { openPglite } from '../open-pglite.ts'
import { openPostgres } from '../open-postgres.ts'
import type { DatabaseOwner } from '../owner.ts'
import { createJobQueue, scheduleJob } from './job-queue.ts'

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
])('owners that have jobs, on %s', (_name, open) => {
  test('get the table and its functions each for itself, and claim their own', async () => {
    await using opened = await open()
    const databases = [opened.of({ ...ledger, jobs: true }), opened.of({ ...depot, jobs: true })]
    for (const database of databases) {
      expect(await database.migrate()).toEqual([
        ...['0001_notes.sql', '0002_more.sql', 'jobs/0001_table.sql', 'jobs/0002_again.sql'],
        ...['functions/count_notes.sql', 'functions/jobs.sql'],
      ])
      expect(await database.migrate()).toEqual([])
    }
    const claimed = async (database: Database) =>
      (await createJobQueue(database).claim(['toy'], 5)).map(({ tenantId, key }) => `${tenantId} ${key}`)
    const [first, second] = databases as [Database, Database]
    for (const tenantId of ['a', 'b'])
      await first.transaction({ tenantId }, (tx) => scheduleJob(tx, tenantId, { kind: 'toy', key: '1', payload: {} }))
    const seen = await first.transaction({ tenantId: 'b' }, (tx) => tx.execute('SELECT tenant_id FROM jobs'))
    expect(seen).toMatchObject({ rows: [{ tenant_id: 'b' }] })
    expect(await claimed(second)).toEqual([])
    expect(await claimed(first)).toEqual(['a 1', 'b 1'])
    expect(await createJobQueue(first).forget(10)).toBe(0)
  })

  test('keep the table that they made themselves', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-jobs-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, '0001_jobs.sql'), 'CREATE TABLE jobs (mine text); GRANT SELECT ON jobs TO PUBLIC;')
    await using opened = await open()
    const attic = { ...ledger, schema: 'attic', migrations: pathToFileURL(`${folder}/`), jobs: true } as const
    const database = opened.of(attic)
    expect(await database.migrate()).toContain('jobs/0001_table.sql')
    expect(await database.call('SELECT count(mine)::int AS count FROM jobs')).toEqual([{ count: 0 }])
  })
})
