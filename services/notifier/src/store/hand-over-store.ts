import type { Tx } from '@parley/database'
import { sql } from 'drizzle-orm'
import { laneKind } from '../domain/lanes/lane-kind.ts'
import type { HandOverRepository, NewHandOver, TakenHandOver } from '../domain/ports/hand-overs.ts'
import { newId } from '../new-id.ts'
import { listDeadLetters, redrive } from './dead-letter-store.ts'
import { handOvers } from './tables/hand-overs.ts'
import { wantJob } from './want-job.ts'

/** Whoever took something and is not heard of for so long has died over it: longer than any receiver is waited for. */
const LEASE_MS = 30_000

/** `onScheduled` is told in how many milliseconds there is something to hand over. */
export function handOverStore(tx: Tx, tenantId: string, onScheduled: (ms: number) => void): HandOverRepository {
  return {
    store: (wanted) => storeHandOvers(tx, tenantId, wanted, onScheduled),
    take: (channel, limit) => takeHandOvers(tx, tenantId, channel, limit),
    settle: (settled) => settleHandOvers(tx, tenantId, settled),
    async nextIn(channel) {
      const { rows } = (await tx.execute(sql`
        select extract(epoch from due_at - clock_timestamp())::double precision * 1000 as due_in from hand_overs
        where tenant_id = ${tenantId} and channel = ${channel} and state = 'waiting' order by due_at limit 1`)) as unknown as {
        rows: { due_in: number }[]
      }
      return rows[0]?.due_in
    },
    deadLetters: (wanted) => listDeadLetters(tx, tenantId, wanted),
    redrive: (wanted) => redrive(tx, tenantId, wanted, onScheduled),
  }
}

async function storeHandOvers(
  tx: Tx,
  tenantId: string,
  wanted: readonly NewHandOver[],
  onScheduled: (ms: number) => void,
): Promise<void> {
  if (wanted.length === 0) return
  const values = inOneOrder(wanted).map(({ collapseKey, dueAt, eventAt, withdraws = false, ...same }) => ({
    ...same,
    id: newId(),
    tenantId,
    withdraws,
    collapseKey: collapseKey ?? same.conversationId ?? '',
    eventAt: new Date(eventAt),
    dueAt: dueAt === undefined ? (sql`now()` as unknown as Date) : new Date(dueAt),
  }))
  const bothShow = sql`not ${handOvers.withdraws} and not excluded.withdraws`
  await tx
    .insert(handOvers)
    .values(values)
    .onConflictDoUpdate({
      target: [handOvers.tenantId, handOvers.userId, handOvers.channel, handOvers.target, handOvers.collapseKey],
      targetWhere: sql`state = 'waiting' and not taken`,
      set: {
        kind: sql`excluded.kind`,
        withdraws: sql`excluded.withdraws`,
        conversationId: sql`excluded.conversation_id`,
        fromSeq: sql`case when ${bothShow} then least(${handOvers.fromSeq}, excluded.from_seq) else excluded.from_seq end`,
        toSeq: sql`greatest(${handOvers.toSeq}, excluded.to_seq)`,
        eventAt: sql`case when ${bothShow} then least(${handOvers.eventAt}, excluded.event_at) else excluded.event_at end`,
        // what waits because a receiver asked for it goes on waiting
        dueAt: sql`case when ${handOvers.attempts} > 0 then ${handOvers.dueAt} else least(${handOvers.dueAt}, excluded.due_at) end`,
      },
    })
  const dueAt = new Map<string, string | undefined>()
  for (const { channel, dueAt: at } of wanted) {
    const first = dueAt.get(channel)
    const isSooner = !dueAt.has(channel) || (first !== undefined && (at === undefined || at < first))
    if (isSooner) dueAt.set(channel, at)
  }
  // in one order: two who want several never wait for each other
  for (const [channel, at] of [...dueAt].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const ms = await wantJob(tx, tenantId, {
      kind: laneKind(channel),
      key: channel,
      payload: {},
      ...(at !== undefined && { dueAt: at }),
    })
    if (ms !== undefined) onScheduled(ms)
  }
}

/** One row for each place, since one statement cannot move a row twice; in the order in which everybody locks them. */
function inOneOrder(wanted: readonly NewHandOver[]): NewHandOver[] {
  const places = new Map<string, NewHandOver>()
  for (const one of wanted) {
    const place = JSON.stringify([one.userId, one.channel, one.target, one.collapseKey ?? one.conversationId])
    const before = places.get(place)
    const joins = before && !before.withdraws && !one.withdraws
    places.set(place, joins ? { ...one, fromSeq: Math.min(before.fromSeq, one.fromSeq), eventAt: before.eventAt } : one)
  }
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

async function takeHandOvers(tx: Tx, tenantId: string, channel: string, limit: number): Promise<TakenHandOver[]> {
  const taken = await tx
    .update(handOvers)
    .set({
      taken: true,
      attempts: sql`${handOvers.attempts} + 1`,
      dueAt: sql`clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'` as unknown as Date,
    })
    .where(
      sql`${handOvers.id} in (
        select w.id from hand_overs w
        where w.tenant_id = ${tenantId} and w.channel = ${channel} and w.state = 'waiting' and w.due_at <= now()
        order by w.due_at limit ${limit} for update skip locked)`,
    )
    .returning()
  return taken
    .map(
      ({
        state: _state,
        taken: _taken,
        dueAt: _due,
        attempts,
        reason: _reason,
        eventAt,
        createdAt,
        settledAt: _at,
        ...same
      }) => ({
        ...same,
        attempt: attempts,
        eventAt: eventAt.toISOString(),
        createdAt,
      }),
    )
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
    .map(({ createdAt: _created, ...same }) => same)
}

async function settleHandOvers(
  tx: Tx,
  tenantId: string,
  settled: Parameters<HandOverRepository['settle']>[0],
): Promise<void> {
  const inOrder = [...settled].sort((a, b) => (a.taken.id < b.taken.id ? -1 : 1))
  for (const { taken, how } of inOrder) {
    if (how.state === 'waiting') await tryAgain(tx, tenantId, taken, how)
    else await end(tx, tenantId, taken.id, how)
  }
}

async function end(tx: Tx, tenantId: string, id: string, { state, reason }: { state: string; reason: string | null }) {
  await tx.execute(sql`
    update hand_overs set state = ${state}, reason = ${reason}, taken = false, settled_at = clock_timestamp()
    where id = ${id} and tenant_id = ${tenantId} and state = 'waiting'`)
}

/** What came for the same place while it was at work takes over what it is about. */
async function tryAgain(
  tx: Tx,
  tenantId: string,
  { id, attempt }: Pick<TakenHandOver, 'id' | 'attempt'>,
  { afterMs, counts, reason }: { afterMs: number; counts: boolean; reason: string | null },
): Promise<void> {
  const due = sql`clock_timestamp() + ${afterMs} * interval '1 millisecond'`
  const { rows } = (await tx.execute(sql`
    update hand_overs w set
      from_seq = case when w.withdraws or t.withdraws then w.from_seq else least(w.from_seq, t.from_seq) end,
      event_at = case when w.withdraws or t.withdraws then w.event_at else least(w.event_at, t.event_at) end,
      due_at = greatest(w.due_at, ${due}),
      attempts = ${counts ? attempt : attempt - 1}
    from hand_overs t
    where t.id = ${id} and t.tenant_id = ${tenantId} and t.state = 'waiting' and t.taken and t.attempts = ${attempt}
      and w.tenant_id = t.tenant_id and w.user_id = t.user_id and w.channel = t.channel and w.target = t.target
      and w.collapse_key = t.collapse_key and w.state = 'waiting' and not w.taken
    returning w.id`)) as unknown as { rows: { id: string }[] }
  if (rows.length > 0) return end(tx, tenantId, id, { state: 'withdrawn', reason: 'superseded' })
  await tx.execute(sql`
    update hand_overs set taken = false, due_at = ${due}, reason = ${reason}, attempts = ${counts ? attempt : attempt - 1}
    where id = ${id} and tenant_id = ${tenantId} and state = 'waiting' and taken and attempts = ${attempt}`)
}
