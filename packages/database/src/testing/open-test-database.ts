import { createHash } from 'node:crypto'
import { type FreshDatabase, freshDatabase, startPostgres, templateDatabase } from '@parley/testkit'
import pg from 'pg'
import type { Database } from '../database.ts'
import { readOwnerSql } from '../migrations.ts'
import { openPglite } from '../open-pglite.ts'
import { openPostgres, type PostgresOptions } from '../open-postgres.ts'
import type { DatabaseOwner } from '../owner.ts'

/** A migrated database of one kind, as a suite needs it. */
export interface OpenedDatabase extends AsyncDisposable {
  database: Database
  /** SQL as the tables' owner, whom row-level security does not bind. */
  asOwner<Row = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<Row[]>
}

export interface TestDatabase extends OpenedDatabase {
  url: string
  owner: pg.Pool
}

/**
 * The name of a template with the tables of these owners on the server of `url`, for `freshDatabase`: as old as their SQL, and made by
 * whoever asks first.
 */
export async function migratedTemplate(url: string, ...owners: readonly DatabaseOwner[]): Promise<string> {
  const sql = await Promise.all(owners.map(readOwnerSql))
  const hash = createHash('sha256')
    .update(sql.flatMap(({ migrations, functions }) => [...migrations, ...functions].map((file) => file.hash)).join())
    .digest('hex')
  const names = owners.map(({ name }) => name).join('_')
  return templateDatabase(url, `parley_${names}_${hash.slice(0, 16)}`, async (template) => {
    for (const owner of owners) {
      await using database = openPostgres({ url: template, owner })
      await database.migrate()
    }
  })
}

/** An owner's database on the shared server, migrated: cloned from a template that is as old as its SQL. */
export async function openTestDatabase(
  owner: DatabaseOwner,
  options: Omit<PostgresOptions, 'url' | 'owner'> = {},
): Promise<TestDatabase> {
  const server = await startPostgres()
  const template = await migratedTemplate(server.url, owner)
  const fresh: FreshDatabase = await freshDatabase(server.url, { template })
  const login = new pg.Pool({ connectionString: fresh.url, max: 4, options: `-c search_path=${owner.schema}` })
  login.on('error', () => {})
  const database = openPostgres({ url: fresh.url, owner, ...options })
  return {
    url: fresh.url,
    database,
    owner: login,
    asOwner: async <Row>(sql: string, params?: unknown[]) => (await login.query(sql, params)).rows as Row[],
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await login.end()
      await fresh.drop()
    },
  }
}

/** The same in memory, for tests of one caller at a time: as the tables' owner, the one connection steps up and down again. */
export async function openEmbeddedTestDatabase(owner: DatabaseOwner, template?: URL): Promise<OpenedDatabase> {
  const embedded = await openPglite(template && { template })
  const database = embedded.of(owner)
  await database.migrate()
  return {
    database,
    async asOwner<Row>(sql: string, params?: unknown[]) {
      await database.call('RESET ROLE')
      try {
        return await database.call<Row>(sql, params)
      } finally {
        await database.call(`SET ROLE ${owner.role}`)
      }
    },
    [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose](),
  }
}
