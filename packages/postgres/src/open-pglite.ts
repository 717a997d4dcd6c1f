import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import { APP_ROLE, type Database, type Tx } from './database.ts'
import { withoutValues } from './database-errors.ts'
import { lockFolder } from './folder-lock.ts'
import { applyMigrations, readMigrations } from './migrations.ts'
import { migrationQuery, startPglite, TEMPLATE } from './pglite-data.ts'

const rethrow = (err: unknown): never => {
  throw withoutValues(err)
}

export interface PgliteOptions {
  /** Where the data lives; left out, in memory. */
  folder?: string
  /** What new data starts from; the build's unless another is given. */
  template?: URL
}

/**
 * Postgres inside this process. It has one connection, so a transaction here keeps everybody else waiting: short ones
 * only, and never another query from inside one.
 *
 * Two processes on one folder destroy each other's rows, hence the lock.
 */
export async function openPglite({ folder, template = TEMPLATE }: PgliteOptions = {}): Promise<Database> {
  const release = folder === undefined ? async () => {} : await lockFolder(folder)
  const client = await startPglite(folder, template).catch(async (err) => {
    await release()
    throw err
  })
  const db = drizzle(client, { casing: 'snake_case' })
  const stepDown = async () => {
    const { rows } = await client.query(`SELECT 1 FROM pg_roles WHERE rolname = '${APP_ROLE}'`)
    if (rows.length > 0) await client.exec(`SET ROLE ${APP_ROLE}`)
  }
  await stepDown()
  const query = async (text: string, params: unknown[] = []) => {
    const { rows } = await client.query(text, params).catch(rethrow)
    return rows
  }
  const jsonOf = async <T>(text: string, params: unknown[]): Promise<T> => {
    const [row] = (await query(text, params)) as Record<string, unknown>[]
    return Object.values(row!)[0] as T
  }
  return {
    kind: 'pglite',
    transaction: ({ tenantId, snapshot }, work) =>
      db
        .transaction(
          async (tx) => {
            await tx.execute(sql`select set_config('parley.tenant', ${tenantId}, true)`)
            return work(tx as unknown as Tx)
          },
          snapshot ? { isolationLevel: 'repeatable read', accessMode: 'read only' } : undefined,
        )
        .catch(rethrow),
    openLane: () => ({ call: (_name, text, params) => jsonOf(text, params) }),
    read: (_name, text, params) => jsonOf(text, params),
    call: async <T>(text: string, params?: unknown[]) => (await query(text, params)) as T[],
    async migrate() {
      await client.exec('RESET ROLE')
      try {
        return await applyMigrations(migrationQuery(client), await readMigrations())
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
