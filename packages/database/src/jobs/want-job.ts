import { sql } from 'drizzle-orm'
import type { Tx } from '../database.ts'
import type { JobToDo } from './job-queue.ts'

/**
 * Sees to it that a job begins at its time or sooner. Other than `scheduleJob` it takes the job from nobody: one that is at work comes
 * again when that is done, one that waits is never moved later, and one that failed waits as long as it has to. Returns the milliseconds
 * until it is due, undefined while it is at work.
 */
export async function wantJob(
  tx: Tx,
  tenantId: string,
  { kind, key, dueAt, payload }: JobToDo,
): Promise<number | undefined> {
  const due = dueAt === undefined ? sql`now()` : sql`${new Date(dueAt).toISOString()}::timestamptz`
  const { rows } = (await tx.execute(sql`
    insert into jobs (tenant_id, kind, key, due_at, run_at, payload)
    values (${tenantId}, ${kind}, ${key}, ${due}, ${due}, ${JSON.stringify(payload)}::jsonb)
    on conflict on constraint jobs_key do update set
      again_at = case when jobs.claim is not null then least(jobs.again_at, excluded.run_at) end,
      run_at = case
        when jobs.parked_at is not null then excluded.run_at
        when jobs.claim is not null or jobs.attempts > 0 then jobs.run_at
        else least(jobs.run_at, excluded.run_at) end,
      attempts = case when jobs.parked_at is null then jobs.attempts else 0 end,
      parked_at = null
    returning case when claim is null then extract(epoch from run_at - clock_timestamp())::double precision * 1000 end as due_in`)) as unknown as {
    rows: { due_in: number | null }[]
  }
  return rows[0]!.due_in ?? undefined
}
