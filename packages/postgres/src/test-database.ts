import { createHash } from 'node:crypto'
import { type FreshDatabase, freshDatabase, startPostgres, templateDatabase } from '@parley/testkit'
import pg from 'pg'
import type { OpenedDatabase } from './conformance/conformance-world.ts'
import { readMigrations } from './migrations.ts'
import { openPostgres, type PostgresOptions } from './open-postgres.ts'

export interface TestDatabase extends OpenedDatabase {
  url: string
  owner: pg.Pool
}

/** A migrated database of the shared server, cloned from a template that is as old as the migrations. */
export async function openTestDatabase(options: Omit<PostgresOptions, 'url'> = {}): Promise<TestDatabase> {
  const server = await startPostgres()
  const migrations = await readMigrations()
  const hash = createHash('sha256')
    .update(migrations.map((m) => m.hash).join())
    .digest('hex')
  const template = await templateDatabase(server.url, `parley_postgres_${hash.slice(0, 16)}`, async (url) => {
    await using database = openPostgres({ url })
    await database.migrate()
  })
  const fresh: FreshDatabase = await freshDatabase(server.url, { template })
  const owner = new pg.Pool({ connectionString: fresh.url, max: 4 })
  owner.on('error', () => {})
  const database = openPostgres({ url: fresh.url, ...options })
  return {
    url: fresh.url,
    database,
    owner,
    asOwner: async <Row>(sql: string, params?: unknown[]) => (await owner.query(sql, params)).rows as Row[],
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await owner.end()
      await fresh.drop()
    },
  }
}
