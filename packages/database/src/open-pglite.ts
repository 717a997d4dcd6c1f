import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import type { Database, Tx } from './database.ts'
import { withoutValues } from './database-errors.ts'
import { lockFolder } from './folder-lock.ts'
import { applyMigrations, readOwnerSql } from './migrations.ts'
import { type DatabaseOwner, identifier } from './owner.ts'
import { migrationQuery, startPglite } from './pglite-data.ts'

/** Milliseconds of turns without a break, after which everything else in the process has a chance. */
const REST_AFTER_MS = 10

const rethrow = (err: unknown): never => {
  throw withoutValues(err)
}

export interface PgliteOptions {
  /** Where the data lives; left out, in memory. */
  folder?: string
  /** A data folder, packed, that new data starts from: the build makes one, already migrated. */
  template?: URL
}

/** The embedded database, with a part for each owner. Dispose it after everybody who has one. */
export interface EmbeddedDatabase extends AsyncDisposable {
  /** The owner's part. Disposing it does nothing: the data is closed as a whole. */
  of(owner: DatabaseOwner): Database
}

/**
 * Postgres inside this process. It has one connection, so a transaction here keeps everybody else waiting, of whatever owner:
 * short ones only, and never another query from inside one. Whose turn it is has the connection in the owner's role.
 *
 * Two processes on one folder destroy each other's rows, hence the lock.
 */
export async function openPglite({ folder, template }: PgliteOptions = {}): Promise<EmbeddedDatabase> {
  const release = folder === undefined ? async () => {} : await lockFolder(folder)
  const client = await startPglite(folder, template).catch(async (err) => {
    await release()
    throw err
  })
  const db = drizzle(client, { casing: 'snake_case' })
  let turn: Promise<unknown> = Promise.resolve()
  let current: DatabaseOwner | undefined
  let lastRest = performance.now()
  /**
   * The database computes in this thread, and its answers come as microtasks: one turn after the other would let no request in
   * and no timer fire. So between turns, whatever else is due comes first.
   */
  const rest = async () => {
    if (performance.now() - lastRest < REST_AFTER_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    lastRest = performance.now()
  }
  /** One after the other, because the role is the connection's. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(rest).then(work)
    turn = result.catch(() => {})
    return result
  }
  const stepDown = async (owner: DatabaseOwner) => {
    // before its first migration an owner has no role
    const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [owner.role])
    if (rows.length === 0) return
    await client.exec(`SET ROLE ${identifier(owner.role)}; SET search_path TO ${identifier(owner.schema)}`)
    current = owner
  }
  const as = <T>(owner: DatabaseOwner, work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      if (current !== owner) await stepDown(owner)
      return work()
    })

  return {
    of(owner) {
      const query = async (text: string, params: unknown[] = []) => {
        const { rows } = await as(owner, () => client.query(text, params)).catch(rethrow)
        return rows
      }
      const jsonOf = async <T>(text: string, params: unknown[]): Promise<T> => {
        const [row] = (await query(text, params)) as Record<string, unknown>[]
        return Object.values(row!)[0] as T
      }
      return {
        kind: 'pglite',
        transaction: ({ tenantId, snapshot }, work) =>
          as(owner, () =>
            db.transaction(
              async (tx) => {
                await tx.execute(sql`select set_config('parley.tenant', ${tenantId}, true)`)
                return work(tx as unknown as Tx)
              },
              snapshot ? { isolationLevel: 'repeatable read', accessMode: 'read only' } : undefined,
            ),
          ).catch(rethrow),
        openLane: () => ({ call: (_name, text, params) => jsonOf(text, params) }),
        read: (_name, text, params) => jsonOf(text, params),
        call: async <T>(text: string, params?: unknown[]) => (await query(text, params)) as T[],
        migrate: () =>
          inTurn(async () => {
            await client.exec('RESET ROLE')
            current = undefined
            return applyMigrations(migrationQuery(client), owner, await readOwnerSql(owner))
          }),
        async [Symbol.asyncDispose]() {},
      }
    },
    async [Symbol.asyncDispose]() {
      await client.close()
      await release()
    },
  }
}
