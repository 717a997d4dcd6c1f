import { statfs } from 'node:fs/promises'
import { SetupError } from '@parley/contracts'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import type { Database, Tx } from './database.ts'
import { diskFull, isDiskFull, withoutValues } from './database-errors.ts'
import { rememberRoom } from './disk-room.ts'
import { lockFolder } from './folder-lock.ts'
import { applyMigrations, readOwnerSql } from './migrations.ts'
import { type DatabaseOwner, identifier } from './owner.ts'
import { migrationQuery, startPglite } from './pglite-data.ts'

/** Milliseconds of turns without a break, after which everything else in the process has a chance. */
const REST_AFTER_MS = 10

/** What stays free on the disk: the next piece of the write-ahead log, of 16 MB, and a checkpoint beside it. */
const RESERVE_BYTES = 32 * 1024 * 1024
const LOOK_EVERY_MS = 100

async function freeIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const rethrow = (err: unknown): never => {
  throw isDiskFull(err) ? diskFull(withoutValues(err)) : withoutValues(err)
}

export interface PgliteOptions {
  /** Where the data lives; left out, in memory. */
  folder?: string
  /** A data folder, packed, that new data starts from: the build makes one, already migrated. */
  template?: URL
  /** Told when the disk has no room left, and when it has again. */
  onDiskFull?: (isFull: boolean) => void
  /** Bytes that are free where the data is; of data in memory nobody asks. */
  freeBytes?: () => Promise<number>
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
export async function openPglite({
  folder,
  template,
  onDiskFull = () => {},
  ...options
}: PgliteOptions = {}): Promise<EmbeddedDatabase> {
  const release = folder === undefined ? async () => {} : await lockFolder(folder)
  const freeBytes = options.freeBytes ?? (folder === undefined ? async () => Infinity : () => freeIn(folder))
  const start = async () => {
    if ((await freeBytes()) < RESERVE_BYTES)
      throw new SetupError(
        `The disk of ${folder} is full: the database needs ${RESERVE_BYTES >> 20} MB beside its data. Make room, and start again.`,
      )
    return startPglite(folder, template)
  }
  const client = await start().catch(async (err) => {
    await release()
    throw err
  })
  const room = rememberRoom(onDiskFull)
  let lastLook = 0
  let isFull = false
  /**
   * A write-ahead log that cannot go on would end the database for good, so the last megabytes of the disk stay free. Looked at
   * now and then: nobody writes that much in between.
   */
  const requireRoom = async () => {
    if (performance.now() - lastLook < LOOK_EVERY_MS) {
      if (isFull) throw diskFull()
      return
    }
    const free = await freeBytes()
    lastLook = performance.now()
    isFull = free < RESERVE_BYTES
    if (!isFull) return room.wrote()
    room.full()
    throw diskFull()
  }
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
  const as = <T>(owner: DatabaseOwner, work: () => Promise<T>, { writes }: { writes: boolean }): Promise<T> =>
    inTurn(async () => {
      if (writes) await requireRoom()
      if (current !== owner) await stepDown(owner)
      return work()
    })

  return {
    of(owner) {
      const query = async (text: string, params: unknown[], access: { writes: boolean }) => {
        const { rows } = await as(owner, () => client.query(text, params), access).catch(rethrow)
        return rows
      }
      const jsonOf = async <T>(text: string, params: unknown[], access: { writes: boolean }): Promise<T> => {
        const [row] = (await query(text, params, access)) as Record<string, unknown>[]
        return Object.values(row!)[0] as T
      }
      return {
        kind: 'pglite',
        transaction: ({ tenantId, snapshot }, work) =>
          as(
            owner,
            () =>
              db.transaction(
                async (tx) => {
                  await tx.execute(sql`select set_config('parley.tenant', ${tenantId}, true)`)
                  return work(tx as unknown as Tx)
                },
                snapshot ? { isolationLevel: 'repeatable read', accessMode: 'read only' } : undefined,
              ),
            { writes: !snapshot },
          ).catch(rethrow),
        openLane: () => ({ call: (_name, text, params) => jsonOf(text, params, { writes: true }) }),
        read: (_name, text, params) => jsonOf(text, params, { writes: false }),
        call: async <T>(text: string, params: unknown[] = []) => (await query(text, params, { writes: true })) as T[],
        async check() {
          await query('SELECT 1', [], { writes: false })
        },
        checkDisk: () => room.check(),
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
