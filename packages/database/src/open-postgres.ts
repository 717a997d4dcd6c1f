import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import {
  type Database,
  IDLE_IN_TRANSACTION_MS,
  LANE_DEADLINE_MS,
  type Lane,
  LOCK_PATIENCE_MS,
  LOCK_TIMEOUT_MS,
  TRANSACTION_DEADLINE_MS,
  type TransactionOptions,
  type Tx,
} from './database.ts'
import { isDiskFull, isLockTimeout, isTransient, unavailable } from './database-errors.ts'
import type { PoolMeter } from './database-meter.ts'
import { rememberRoom } from './disk-room.ts'
import { applyMigrations, readOwnerSql } from './migrations.ts'
import type { DatabaseOwner } from './owner.ts'
import type { Query } from './sql-files.ts'
import { unreachable } from './unreachable.ts'

export interface PostgresOptions {
  url: string
  /** Whose tables are reached. */
  owner: DatabaseOwner
  /** Connections for ordinary queries; lanes have their own. */
  poolSize?: number
  /** For one that may take its time. */
  queryTimeoutMs?: number
  /** Told when the database has no room left, and when it has again. */
  onDiskFull?: (isFull: boolean) => void
  /** Shows how the pool does. */
  meter?: PoolMeter | undefined
  /** Told of connections that died while nobody used them. */
  onIdleError?: (err: Error) => void
}

/**
 * A connection that nobody needs is kept for so long. A new one costs the server some 15 ms of CPU, until its functions are compiled and their
 * plans made: a hundred times what a question costs afterwards, and most of it when many come back at once after a calm.
 */
const KEPT_IDLE_MS = 10 * 60_000
/** What lies between here and the server may forget a connection over which nothing goes, some after four minutes, and tell nobody. */
const KEEP_ALIVE_MS = 60_000

/**
 * Isolation is pinned: append's second statement relies on the fresh snapshot that READ COMMITTED gives it. A statement whose answer nobody
 * waits for any more ends: Postgres does not look for who asked while it works.
 */
const sessionOptionsOf = ({ role, schema }: DatabaseOwner, statementTimeoutMs: number) =>
  [
    `role=${role}`,
    `search_path=${schema}`,
    'default_transaction_isolation=read\\ committed',
    `lock_timeout=${LOCK_TIMEOUT_MS}`,
    `statement_timeout=${statementTimeoutMs}`,
    `idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_MS}`,
  ]
    .map((option) => `-c ${option}`)
    .join(' ')

export function openPostgres(options: PostgresOptions): Database {
  const { url, owner, poolSize = 10, queryTimeoutMs = 5_000, meter } = options
  const { onIdleError = () => {}, onDiskFull = () => {} } = options
  const connection = {
    connectionString: url,
    connectionTimeoutMillis: LANE_DEADLINE_MS,
    application_name: 'parley',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  }
  const sessionOptions = sessionOptionsOf(owner, queryTimeoutMs)
  const pool = new pg.Pool({
    ...connection,
    options: sessionOptions,
    max: poolSize,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: KEPT_IDLE_MS,
  })
  pool.on('error', onIdleError)
  meter?.watch(() => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }))
  const connect = connectingTo(pool, meter)
  // A connection that dies between two statements of a transaction would end the process; the next statement tells of it.
  pool.on('connect', (client) => client.on('error', () => {}))
  const lanes: ReturnType<typeof openLane>[] = []
  const room = rememberRoom(onDiskFull)
  const noticing = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (err) {
      if (isDiskFull(err)) room.full()
      throw err
    }
  }
  const writing = async <T>(work: Promise<T>): Promise<T> => {
    const result = await noticing(work)
    room.wrote()
    return result
  }
  const newLane = (name: string) => {
    const lane = openLane({ ...connection, options: sessionOptions, application_name: `parley:${name}` }, onIdleError)
    lanes.push(lane)
    return lane
  }
  const readiness = newLane('readiness')
  /** One question however many ask: who gave up on it before asks again while it is still open. */
  let checking: Promise<unknown> | undefined
  return {
    kind: 'postgres',
    transaction(options, work) {
      const done = whileLocked(() => runTransaction(connect, options, work))
      return (options.snapshot ? noticing(done) : writing(done)).catch(unavailable)
    },
    async check() {
      checking ??= readiness.call('readiness', 'SELECT 1', []).finally(() => {
        checking = undefined
      })
      await checking
    },
    checkDisk: () => room.check(),
    openLane(name) {
      const lane = newLane(name)
      return { call: (...asked) => noticing(lane.call(...asked)) }
    },
    read: <T>(name: string, text: string, values: unknown[]) =>
      noticing(ask<T>(connect, { name, text, values, rowMode: 'array' })).catch(unavailable),
    call: async <T>(text: string, params: unknown[] = []) => {
      const { rows } = await noticing(pool.query(text, params)).catch(unavailable)
      return rows as T[]
    },
    async migrate() {
      // As the login itself, which owns the tables; without the role that is still to be made.
      const client = new pg.Client(connection)
      client.on('error', () => {})
      await client.connect().catch((err) => {
        throw unreachable(url, err)
      })
      try {
        const query: Query = async (text, params) => (await client.query(text, params)).rows
        return await applyMigrations(query, owner, await readOwnerSql(owner))
      } finally {
        await client.end()
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), ...lanes.map((lane) => lane.close())])
    },
  }
}

/** A row that somebody else holds is waited for again until then: nothing of the attempt before is left. */
async function whileLocked<T>(attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + LOCK_PATIENCE_MS
  for (;;) {
    try {
      return await attempt()
    } catch (err) {
      if (!isLockTimeout(err) || performance.now() > until) throw err
    }
  }
}

type Connect = () => Promise<pg.PoolClient>

/** Takes a connection of the pool, and tells how long that took. */
function connectingTo(pool: pg.Pool, meter: PoolMeter | undefined): Connect {
  if (!meter) return () => pool.connect()
  return async () => {
    const asked = performance.now()
    const client = await pool.connect()
    meter.waited((performance.now() - asked) / 1_000)
    return client
  }
}

/** The query builder of each connection. */
const builders = new WeakMap<pg.PoolClient, Tx>()

/**
 * The deadline holds from waiting for a connection to the commit. When it passes, the connection is destroyed: a rollback
 * would wait for the statement whose answer does not come.
 */
async function runTransaction<T>(
  connect: Connect,
  { tenantId, snapshot }: TransactionOptions,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  let client: pg.PoolClient | undefined
  const abandon = () => (client as pg.Client | undefined)?.end().catch(() => {})
  const timer = setTimeout(abandon, TRANSACTION_DEADLINE_MS)
  try {
    client = await connect()
    const tx = builders.get(client) ?? drizzle(client, { casing: 'snake_case' })
    builders.set(client, tx)
    const mode = snapshot ? 'ISOLATION LEVEL REPEATABLE READ READ ONLY' : ''
    // one round trip; row-level security forgets the tenant with the transaction
    await client.query(`BEGIN ${mode}; SELECT set_config('parley.tenant', ${pg.escapeLiteral(tenantId)}, true)`)
    const result = await work(tx)
    const { command } = await client.query('COMMIT')
    if (command !== 'COMMIT') throw new Error('A statement failed, and with it the transaction')
    client.release()
    return result
  } catch (err) {
    const unusable = isTransient(err) && !isLockTimeout(err)
    await (unusable ? Promise.reject(err) : client?.query('ROLLBACK'))?.then(
      () => client?.release(),
      () => client?.release(true),
    )
    throw err
  } finally {
    clearTimeout(timer)
  }
}

/** One statement, a transaction of its own, with the deadline of one. */
async function ask<T>(connect: Connect, query: pg.QueryArrayConfig): Promise<T> {
  let client: pg.PoolClient | undefined
  const abandon = () => (client as pg.Client | undefined)?.end().catch(() => {})
  const timer = setTimeout(abandon, TRANSACTION_DEADLINE_MS)
  try {
    client = await connect()
    const { rows } = await client.query<[T]>(query)
    client.release()
    return rows[0]![0]
  } catch (err) {
    client?.release(isTransient(err) && !isLockTimeout(err))
    throw err
  } finally {
    clearTimeout(timer)
  }
}

/** Connects on the first call and again after a failure. Prepared statements live as long as the connection. */
function openLane(config: pg.ClientConfig, onIdleError: (err: Error) => void): Lane & { close(): Promise<void> } {
  let current: Promise<pg.Client> | undefined
  let closed = false
  const connect = () => {
    const client = new pg.Client(config)
    const connecting = client.connect().then(() => client)
    const forget = () => {
      if (current === connecting) current = undefined
    }
    client.on('error', (err) => {
      forget()
      onIdleError(err)
    })
    connecting.catch(forget)
    return connecting
  }
  const drop = (client: pg.Client) => {
    current = undefined
    // with a statement in flight this destroys the socket
    client.end().catch(() => {})
  }
  return {
    async call<T>(name: string, text: string, values: unknown[]): Promise<T> {
      if (closed) throw new Error('The database is closed')
      current ??= connect()
      const client = await current
      let timer: NodeJS.Timeout | undefined
      const deadline = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(Object.assign(new Error('The database did not answer in time'), { code: 'ETIMEDOUT' })),
          LANE_DEADLINE_MS,
        )
      })
      const query = client.query<[T], unknown[]>({ name, text, values, rowMode: 'array' })
      query.catch(() => {}) // after the deadline nobody listens any more
      try {
        const { rows } = await Promise.race([query, deadline])
        return rows[0]![0]
      } catch (err) {
        // the connection may be dead, or lead to a server that has become a standby
        if (isTransient(err) && !isLockTimeout(err)) drop(client)
        throw err
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
