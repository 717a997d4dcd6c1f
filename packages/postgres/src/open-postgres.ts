import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import {
  APP_ROLE,
  type Database,
  IDLE_IN_TRANSACTION_MS,
  LANE_DEADLINE_MS,
  type Lane,
  LOCK_TIMEOUT_MS,
  type Tx,
} from './database.ts'
import { unavailable } from './database-errors.ts'
import { applyMigrations } from './migrations.ts'
import * as schema from './tables/tables.ts'

export interface PostgresOptions {
  url: string
  /** Connections for ordinary queries; lanes have their own. */
  poolSize?: number
  /** Told of connections that died while nobody used them. */
  onIdleError?: (err: Error) => void
}

/** Isolation is pinned: append's second statement relies on the fresh snapshot that READ COMMITTED gives it. */
const sessionOptions = [
  `role=${APP_ROLE}`,
  'default_transaction_isolation=read\\ committed',
  `lock_timeout=${LOCK_TIMEOUT_MS}`,
  `idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_MS}`,
]
  .map((option) => `-c ${option}`)
  .join(' ')

export function openPostgres({ url, poolSize = 10, onIdleError = () => {} }: PostgresOptions): Database {
  const connection = {
    connectionString: url,
    connectionTimeoutMillis: LANE_DEADLINE_MS,
    application_name: 'parley',
    keepAlive: true,
  }
  const pool = new pg.Pool({ ...connection, options: sessionOptions, max: poolSize, query_timeout: 5_000 })
  pool.on('error', onIdleError)
  const db = drizzle(pool, { schema, casing: 'snake_case' })
  const lanes: ReturnType<typeof openLane>[] = []
  return {
    kind: 'postgres',
    transaction: ({ tenantId, snapshot }, work) =>
      db
        .transaction(
          async (tx) => {
            await tx.execute(sql`select set_config('parley.tenant', ${tenantId}, true)`)
            return work(tx as unknown as Tx)
          },
          snapshot ? { isolationLevel: 'repeatable read', accessMode: 'read only' } : undefined,
        )
        .catch(unavailable),
    openLane(name) {
      const lane = openLane({ ...connection, options: sessionOptions, application_name: `parley:${name}` }, onIdleError)
      lanes.push(lane)
      return lane
    },
    call: async <T>(text: string, params: unknown[] = []) => {
      const { rows } = await pool.query(text, params).catch(unavailable)
      return rows as T[]
    },
    async migrate() {
      // As the login itself, which owns the tables; without the role that is still to be made.
      const client = new pg.Client(connection)
      await client.connect().catch(unavailable)
      try {
        return await applyMigrations(async (text, params) => (await client.query(text, params)).rows)
      } finally {
        await client.end()
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), ...lanes.map((lane) => lane.close())])
    },
  }
}

/** Connects on the first call and again after a failure. Prepared statements live as long as the connection. */
function openLane(config: pg.ClientConfig, onIdleError: (err: Error) => void): Lane & { close(): Promise<void> } {
  let current: Promise<pg.Client> | undefined
  let closed = false
  const connect = async () => {
    const client = new pg.Client(config)
    client.on('error', (err) => {
      current = undefined
      onIdleError(err)
    })
    await client.connect()
    return client
  }
  const drop = (client: pg.Client) => {
    current = undefined
    // Not end(): that would wait for the statement whose answer does not come.
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  }
  return {
    async call<T>(name: string, text: string, values: unknown[]): Promise<T> {
      if (closed) throw new Error('The database is closed')
      current ??= connect()
      const connecting = current
      const client = await connecting.catch((err) => {
        if (current === connecting) current = undefined
        return unavailable(err)
      })
      let timer: NodeJS.Timeout | undefined
      const deadline = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          drop(client)
          reject(Object.assign(new Error('The database did not answer in time'), { code: 'ETIMEDOUT' }))
        }, LANE_DEADLINE_MS)
      })
      const query = client.query<[T], unknown[]>({ name, text, values, rowMode: 'array' })
      query.catch(() => {}) // after the deadline nobody listens any more
      try {
        const { rows } = await Promise.race([query, deadline])
        return rows[0]![0]
      } finally {
        clearTimeout(timer)
      }
    },
    async close() {
      closed = true
      const client = await current?.catch(() => undefined)
      await client?.end()
    },
  }
}
