import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import { APP_ROLE, type Database, type Tx } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { applyMigrations } from './migrations.ts'
import * as schema from './tables/tables.ts'

export interface PgliteOptions {
  /** Where the data lives; left out, in memory. */
  folder?: string
}

/**
 * Postgres inside this process. It has one connection, so a transaction here keeps everybody else waiting: short ones
 * only, and never another query from inside one.
 *
 * Two processes on one folder destroy each other's rows, hence the lock.
 */
export async function openPglite({ folder }: PgliteOptions = {}): Promise<Database> {
  const release = folder === undefined ? async () => {} : await lockFolder(folder)
  const client = await PGlite.create(folder === undefined ? {} : { dataDir: join(folder, 'postgres') }).catch(
    async (err) => {
      await release()
      throw err
    },
  )
  const db = drizzle(client, { schema, casing: 'snake_case' })
  const stepDown = async () => {
    const { rows } = await client.query(`SELECT 1 FROM pg_roles WHERE rolname = '${APP_ROLE}'`)
    if (rows.length > 0) await client.exec(`SET ROLE ${APP_ROLE}`)
  }
  await stepDown()
  const query = async (text: string, params: unknown[] = []) => {
    const { rows } = await client.query(text, params)
    return rows
  }
  return {
    kind: 'pglite',
    transaction: ({ tenantId, snapshot }, work) =>
      db.transaction(
        async (tx) => {
          await tx.execute(sql`select set_config('parley.tenant', ${tenantId}, true)`)
          return work(tx as unknown as Tx)
        },
        snapshot ? { isolationLevel: 'repeatable read', accessMode: 'read only' } : undefined,
      ),
    openLane: () => ({
      async call<T>(_name: string, text: string, params: unknown[]): Promise<T> {
        const [row] = (await query(text, params)) as Record<string, unknown>[]
        return Object.values(row!)[0] as T
      },
    }),
    call: async <T>(text: string, params?: unknown[]) => (await query(text, params)) as T[],
    async migrate() {
      await client.exec('RESET ROLE')
      try {
        return await applyMigrations(async (text, params) =>
          // exec runs a file of several statements, query binds parameters
          params ? query(text, params) : ((await client.exec(text)).at(-1)?.rows ?? []),
        )
      } finally {
        await stepDown()
      }
    },
    async [Symbol.asyncDispose]() {
      await client.close()
      await release()
    },
  }
}
