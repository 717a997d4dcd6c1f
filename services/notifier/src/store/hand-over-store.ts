import { type Tx, wantJob } from '@parley/database'
import { type SQL, sql } from 'drizzle-orm'
import { helperKeys, laneKind } from '../domain/lanes/lane-kind.ts'
import type { HandOverRepository, NewHandOver, Settlement, TakenHandOver } from '../domain/ports/hand-overs.ts'
import { newId } from '../new-id.ts'
import { listDeadLetters, redrive } from './dead-letter-store.ts'
import { rankOf } from './rank-of.ts'
import { handOvers } from './tables/hand-overs.ts'

/** Whoever took something and is not heard of for so long has died over it: longer than any receiver is waited for. */
const LEASE_MS = 30_000

/** `onScheduled` is told in how many milliseconds there is something to hand over. */
export function handOverStore(tx: Tx, tenantId: string, onScheduled: (ms: number) => void): HandOverRepository {
  return {
    store: (wanted) => storeHandOvers(tx, tenantId, wanted, onScheduled),
    async take(channel, limit) {
      await forgetEnds(tx, tenantId, channel)
      return takeHandOvers(tx, tenantId, channel, limit, sql`not ${isLostOften}`)
    },
    async takeLost(channel) {
      const [taken] = await takeHandOvers(tx, tenantId, channel, 1, isLostOften)
      return taken
    },
    settle: (settled) => settleHandOvers(tx, tenantId, settled),
    async nextIn(channel) {
      const { rows } = (await tx.execute(sql`
        select extract(epoch from w.due_at - clock_timestamp())::double precision * 1000 as due_in from hand_overs w
        where w.tenant_id = ${tenantId} and w.channel = ${channel} and w.state = 'waiting' and ${isNext}
        order by w.due_at limit 1`)) as unknown as {
        rows: { due_in: number }[]
      }
      return rows[0]?.due_in
    },
    async share(channel) {
      // others find it when they look: whoever asks has enough to do
      for (const key of helperKeys(channel)) await wantJob(tx, tenantId, { kind: laneKind(channel), key, payload: {} })
    },
    deadLetters: (wanted) => listDeadLetters(tx, tenantId, wanted),
    redrive: (wanted) => redrive(tx, tenantId, wanted, onScheduled),
  }
}

/**
 * None about the same is under way: of several that a device shows in one place the newest has to come last. By the unique index one of them
 * waits besides; `offset 0`, so that the index is asked for each, and not joined.
 */
const isNext = sql`(w.taken or not exists (
  select from hand_overs t
  where t.tenant_id = w.tenant_id and t.user_id = w.user_id and t.channel = w.channel and t.target = w.target
    and t.collapse_key = w.collapse_key and t.state = 'waiting' and t.taken offset 0))`

/** As the index has them. */
const isLostOften = sql`w.lost >= 5`

async function storeHandOvers(
  tx: Tx,
  tenantId: string,
  wanted: readonly NewHandOver[],
  onScheduled: (ms: number) => void,
): Promise<void> {
  if (wanted.length === 0) return
  const rows = inOneOrder(wanted).map(({ collapseKey, withdraws = false, ...same }) => ({
    ...same,
    id: newId(),
    withdraws,
    collapseKey: collapseKey ?? same.conversationId ?? '',
  }))
  // one parameter, however many there are: a statement has no more than 65,535, and each costs time
  await tx.execute(sql`
    insert into hand_overs as h
      (id, tenant_id, user_id, channel, target, collapse_key, kind, withdraws, conversation_id, from_seq, to_seq, event_at, due_at)
    select id, ${tenantId}, "userId", channel, target, "collapseKey", kind, withdraws, "conversationId", "fromSeq", "toSeq",
      "eventAt", coalesce("dueAt", now())
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w(
      id uuid, "userId" text, channel text, target text, "collapseKey" text, kind text, withdraws boolean, "conversationId" uuid,
      "fromSeq" bigint, "toSeq" bigint, "eventAt" timestamptz, "dueAt" timestamptz)
    on conflict (tenant_id, user_id, channel, target, collapse_key) where state = 'waiting' and not taken do update set
      -- a receiver that has it already would leave what comes with its id, and this is more
      id = case when h.sent_as -> -1 ->> 0 = h.id::text and (excluded.to_seq > h.to_seq or excluded.withdraws <> h.withdraws)
        then excluded.id else h.id end,
      -- the most telling of what waits together
      kind = case when not h.withdraws and not excluded.withdraws and ${rankOf(sql`h.kind`)} < ${rankOf(sql`excluded.kind`)}
        then h.kind else excluded.kind end,
      withdraws = excluded.withdraws,
      conversation_id = excluded.conversation_id,
      from_seq = case when h.withdraws or excluded.withdraws then excluded.from_seq else least(h.from_seq, excluded.from_seq) end,
      to_seq = greatest(h.to_seq, excluded.to_seq),
      event_at = case when h.withdraws or excluded.withdraws then excluded.event_at else least(h.event_at, excluded.event_at) end,
      -- what waits because a receiver asked for it goes on waiting
      due_at = case when h.attempts > h.lost then h.due_at else least(h.due_at, excluded.due_at) end`)
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

/** That a process was ended over what it had in hand is none of the lane's failing, and it goes on: it is counted there. */
async function forgetEnds(tx: Tx, tenantId: string, channel: string): Promise<void> {
  await tx.execute(sql`
    update jobs set attempts = 0
    where tenant_id = ${tenantId} and kind = ${laneKind(channel)} and key = any(${sql.param([channel, ...helperKeys(channel)])}::text[])
      and attempts > 1`)
}

async function takeHandOvers(
  tx: Tx,
  tenantId: string,
  channel: string,
  limit: number,
  which: SQL,
): Promise<TakenHandOver[]> {
  const taken = await tx
    .update(handOvers)
    .set({
      taken: true,
      attempts: sql`${handOvers.attempts} + 1`,
      // a former release that drove it again has put back only the attempts
      lost: sql`least(${handOvers.lost}, ${handOvers.attempts}) + ${handOvers.taken}::integer`,
      dueAt: sql`clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'` as unknown as Date,
    })
    .where(
      // an array, which is asked for once: `in` is joined, and can ask again for each row, and take the next so many each time
      sql`${handOvers.id} = any(array(
        select w.id from hand_overs w
        where w.tenant_id = ${tenantId} and w.channel = ${channel} and w.state = 'waiting' and w.due_at <= now() and ${which}
          and ${isNext}
        order by w.due_at limit ${limit} for update skip locked))`,
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
  const ends = new Map<string, { ids: string[]; how: End }>()
  for (const { taken, how } of inOrder) {
    if (how.state === 'waiting') {
      await tryAgain(tx, tenantId, taken, how)
      continue
    }
    const key = JSON.stringify([how.state, how.reason])
    const alike = ends.get(key) ?? { ids: [], how }
    alike.ids.push(taken.id)
    ends.set(key, alike)
  }
  for (const { ids, how } of ends.values()) await end(tx, tenantId, ids, how)
}

interface End {
  state: string
  reason: string | null
}

/** Found by their ids alone: a condition on `state` lets Postgres choose the index of what is due, and look through all that waits for each. */
async function end(tx: Tx, tenantId: string, ids: readonly string[], { state, reason }: End): Promise<void> {
  await tx.execute(sql`
    update hand_overs set state = ${state}, reason = ${reason}, taken = false, settled_at = clock_timestamp()
    where id = any(${sql.param(ids)}::uuid[]) and tenant_id = ${tenantId} and settled_at is null`)
}

/** A hand-over's ids, with its own where it may have come under that. One that takes away tells of no message. */
const sentAsOf = (isSent: boolean) => sql`case
  when (${isSent} or t.attempts > 1) and t.sent_as -> -1 ->> 0 is distinct from t.id::text
  then coalesce(t.sent_as, '[]') || jsonb_build_array(jsonb_build_array(t.id, case when t.withdraws then 0 else t.to_seq end))
  else t.sent_as end`

/** What came for the same place while it was at work takes over what it is about. */
async function tryAgain(
  tx: Tx,
  tenantId: string,
  { id, attempt }: Pick<TakenHandOver, 'id' | 'attempt'>,
  { afterMs, counts, left, reason }: Extract<Settlement, { state: 'waiting' }>,
): Promise<void> {
  const sentAs = sentAsOf(counts || left === true)
  const due = sql`clock_timestamp() + ${afterMs} * interval '1 millisecond'`
  const { rows } = (await tx.execute(sql`
    update hand_overs w set
      from_seq = case when w.withdraws or t.withdraws then w.from_seq else least(w.from_seq, t.from_seq) end,
      event_at = case when w.withdraws or t.withdraws then w.event_at else least(w.event_at, t.event_at) end,
      due_at = greatest(w.due_at, ${due}),
      sent_as = case when w.sent_as is null then ${sentAs} else coalesce(${sentAs}, '[]') || w.sent_as end,
      attempts = ${counts ? attempt : attempt - 1},
      lost = t.lost
    from hand_overs t
    where t.id = ${id} and t.tenant_id = ${tenantId} and t.taken and t.attempts = ${attempt}
      and w.tenant_id = t.tenant_id and w.user_id = t.user_id and w.channel = t.channel and w.target = t.target
      and w.collapse_key = t.collapse_key and w.state = 'waiting' and not w.taken
    returning w.id`)) as unknown as { rows: { id: string }[] }
  if (rows.length > 0) return end(tx, tenantId, [id], { state: 'withdrawn', reason: 'superseded' })
  await tx.execute(sql`
    update hand_overs t set taken = false, due_at = ${due}, reason = ${reason}, sent_as = ${sentAs},
      attempts = ${counts ? attempt : attempt - 1}
    where t.id = ${id} and t.tenant_id = ${tenantId} and t.taken and t.attempts = ${attempt}`)
}
