import { sql } from 'drizzle-orm'
import type { Database, Tx } from '../database.ts'

/** Whoever works on a job and is not heard of for so long has lost it. */
export const JOB_LEASE_MS = 15_000
/** A job that failed so often, or ended its process so often, goes aside. */
export const MOST_ATTEMPTS = 8

/** Work that is due at a time. There is one job of a kind and a key in a tenant: scheduling it again moves it. */
export interface JobToDo {
  kind: string
  key: string
  /** By the database's clock; left out, as soon as the transaction is committed. */
  dueAt?: string | Date
  payload: object
}

/** A job in the hands of this process. */
export interface Job<Payload extends object = object> {
  tenantId: string
  kind: string
  key: string
  /** For when it was scheduled. */
  dueAt: string
  payload: Payload
  /** Counts from 1. */
  attempt: number
}

export interface ClaimedJob extends Job {
  id: number
  /** Whose it is. Null: it ended its processes too often, and went aside. */
  claim: string | null
}

/**
 * Jobs of an owner, of all tenants. The owner says that it has some (`jobs: true`), and its schema has the table and the functions of
 * `sql/jobs-functions`.
 */
export interface JobQueue {
  /**
   * Milliseconds until the next one of each kind is due; kinds without jobs are left out. `full`: tenants whose jobs of a kind do not
   * count; then only what is due within seconds does.
   */
  next(kinds: readonly string[], full?: ReadonlyMap<string, readonly string[]>): Promise<Map<string, number>>
  /** Takes over up to so many of each kind that are due, for the length of a lease. */
  claim(kinds: readonly string[], limit: number): Promise<ClaimedJob[]>
  /** The same of one kind, where no tenant may have more than its share at work. */
  claimShares(kind: string, limit: number, shares: Shares): Promise<ClaimedJob[]>
  /** Holds them for another lease; answers the ids of those that are still held. */
  extend(jobs: readonly ClaimedJob[]): Promise<Set<number>>
  finish(job: ClaimedJob): Promise<void>
  /** To be tried again after so many milliseconds, or, with null, not any more. `attempt` is the number of tries that count. */
  giveBack(job: ClaimedJob, delayMs: number | null, attempt: number, error: string | null): Promise<void>
  /** Lets go of up to so many that went aside 30 days ago. Resolves with how many there were. */
  forget(limit: number): Promise<number>
  /** How many of each kind went aside, and were neither tried again nor let go; kinds without any are left out. */
  parked(): Promise<Map<string, number>>
}

export interface Shares {
  ofTenant: number
  /** How many are at work already, by tenant. */
  atWork: ReadonlyMap<string, number>
}

interface ClaimRow {
  id: string | number
  claim: string | null
  tenant_id: string
  kind: string
  key: string
  due_at: Date | string
  payload: object
  attempts: number
}

const toClaimed = ({ id, tenant_id: tenantId, due_at, attempts: attempt, ...row }: ClaimRow): ClaimedJob => ({
  ...row,
  id: Number(id),
  tenantId,
  dueAt: new Date(due_at).toISOString(),
  attempt,
})

/** In the order in which everybody locks jobs who locks several. */
const inOneOrder = (a: Job, b: Job) =>
  a.tenantId === b.tenantId ? (a.key < b.key ? -1 : 1) : a.tenantId < b.tenantId ? -1 : 1

/** Those that are done in the same turn are one statement. */
function createFinishing(database: Database) {
  let done: ClaimedJob[] = []
  let finished: Promise<void> | undefined
  const finishAll = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    const jobs = done.sort(inOneOrder)
    done = []
    finished = undefined
    await database.call('SELECT finish_job(j.id, j.claim) FROM unnest($1::bigint[], $2::uuid[]) AS j (id, claim)', [
      jobs.map(({ id }) => id),
      jobs.map(({ claim }) => claim),
    ])
  }
  return {
    add(job: ClaimedJob): Promise<void> {
      done.push(job)
      finished ??= finishAll()
      return finished
    },
  }
}

export function createJobQueue(database: Database): JobQueue {
  const finishing = createFinishing(database)
  return {
    async next(kinds, full) {
      const call = full?.size ? 'next_jobs_beside($1, $2::jsonb)' : 'next_jobs($1)'
      const rows = await database.call<{ kind: string; due_in: number }>(`SELECT * FROM ${call}`, [
        kinds,
        ...(full?.size ? [JSON.stringify(Object.fromEntries(full))] : []),
      ])
      return new Map(rows.map(({ kind, due_in }) => [kind, due_in]))
    },
    async claim(kinds, limit) {
      const rows = await database.call<ClaimRow>('SELECT * FROM claim_jobs($1, $2, $3, $4)', [
        kinds,
        limit,
        JOB_LEASE_MS,
        MOST_ATTEMPTS,
      ])
      return rows.map(toClaimed)
    },
    async claimShares(kind, limit, { ofTenant, atWork }) {
      const rows = await database.call<ClaimRow>('SELECT * FROM claim_jobs_beside($1, $2, $3, $4, $5, $6::jsonb)', [
        ...[kind, limit, JOB_LEASE_MS, MOST_ATTEMPTS, ofTenant],
        JSON.stringify(Object.fromEntries(atWork)),
      ])
      return rows.map(toClaimed)
    },
    async extend(jobs) {
      const rows = await database.call<{ id: string | number }>('SELECT * FROM extend_jobs($1, $2, $3)', [
        jobs.map(({ id }) => id),
        jobs.map(({ claim }) => claim),
        JOB_LEASE_MS,
      ])
      return new Set(rows.map(({ id }) => Number(id)))
    },
    finish: (job) => finishing.add(job),
    async giveBack({ id, claim }, delayMs, attempt, error) {
      await database.call('SELECT return_job($1, $2, $3, $4, $5)', [id, claim, delayMs, attempt, error])
    },
    async forget(limit) {
      const [row] = await database.call<{ count: number }>('SELECT forget_jobs($1) AS count', [limit])
      return row!.count
    },
    async parked() {
      const rows = await database.call<{ kind: string; count: number }>('SELECT * FROM parked_jobs()')
      return new Map(rows.map(({ kind, count }) => [kind, count]))
    },
  }
}

/** Puts a job among those that wait. Returns the milliseconds until it is due. */
export async function scheduleJob(tx: Tx, tenantId: string, { kind, key, dueAt, payload }: JobToDo): Promise<number> {
  const due = timeOf(dueAt)
  const { rows } = (await tx.execute(sql`
    insert into jobs (tenant_id, kind, key, due_at, run_at, payload)
    values (${tenantId}, ${kind}, ${key}, ${due}, ${due}, ${JSON.stringify(payload)}::jsonb)
    on conflict on constraint jobs_key do update set due_at = excluded.due_at, run_at = excluded.run_at,
      payload = excluded.payload, claim = null, attempts = 0, error = null, parked_at = null
    returning extract(epoch from run_at - clock_timestamp())::double precision * 1000 as due_in`)) as unknown as {
    rows: { due_in: number }[]
  }
  return rows[0]!.due_in
}

/**
 * Puts a job among those that wait, where there is none of its kind and key: one that is there stays as it is, and whoever finds it there
 * waits for nobody; who comes while it is being put there waits for that commit. Returns the milliseconds until it is due; undefined where there was one.
 */
export async function scheduleJobOnce(
  tx: Tx,
  tenantId: string,
  { kind, key, dueAt, payload }: JobToDo,
): Promise<number | undefined> {
  const due = timeOf(dueAt)
  const { rows } = (await tx.execute(sql`
    insert into jobs (tenant_id, kind, key, due_at, run_at, payload)
    values (${tenantId}, ${kind}, ${key}, ${due}, ${due}, ${JSON.stringify(payload)}::jsonb)
    on conflict on constraint jobs_key do nothing
    returning extract(epoch from run_at - clock_timestamp())::double precision * 1000 as due_in`)) as unknown as {
    rows: { due_in: number }[]
  }
  return rows[0]?.due_in
}

const timeOf = (dueAt: JobToDo['dueAt']) =>
  dueAt === undefined ? sql`now()` : sql`${new Date(dueAt).toISOString()}::timestamptz`

/** Takes a job back. One that is being worked on comes to its end, and looks for itself whether there is still something to do. */
export async function cancelJob(tx: Tx, tenantId: string, { kind, key }: Pick<JobToDo, 'kind' | 'key'>): Promise<void> {
  await tx.execute(sql`delete from jobs where tenant_id = ${tenantId} and kind = ${kind} and key = ${key}`)
}
