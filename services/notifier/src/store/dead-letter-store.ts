import type { DeadLetter } from '@parley/contracts'
import { type Tx, wantJob } from '@parley/database'
import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { laneKind } from '../domain/lanes/lane-kind.ts'
import type { HandOverRepository } from '../domain/ports/hand-overs.ts'
import { handOvers } from './tables/hand-overs.ts'

/** As the index has them. */
const isDead = sql`state in ('refused', 'dead')`

export async function listDeadLetters(
  tx: Tx,
  tenantId: string,
  { limit, channel, before }: Parameters<HandOverRepository['deadLetters']>[0],
): Promise<DeadLetter[]> {
  const rows = await tx
    .select()
    .from(handOvers)
    .where(
      and(
        eq(handOvers.tenantId, tenantId),
        isDead,
        channel === undefined ? undefined : eq(handOvers.channel, channel),
        before === undefined ? undefined : lt(handOvers.id, before),
      ),
    )
    .orderBy(desc(handOvers.id))
    .limit(limit)
  return rows.map(
    ({ id, userId, channel, kind, conversationId, state, reason, attempts, lost, createdAt, settledAt }) => ({
      ...{ id, userId, channel, kind, conversationId, reason, attempts: attempts - lost },
      state: state === 'refused' ? 'refused' : 'dead',
      createdAt: createdAt.toISOString(),
      settledAt: settledAt!.toISOString(),
    }),
  )
}

export async function redrive(
  tx: Tx,
  tenantId: string,
  { limit, ids, channel }: Parameters<HandOverRepository['redrive']>[0],
  onScheduled: (ms: number) => void,
): Promise<number> {
  const dead = await tx
    .select({ id: handOvers.id, channel: handOvers.channel })
    .from(handOvers)
    .where(
      and(
        eq(handOvers.tenantId, tenantId),
        isDead,
        ids === undefined ? undefined : inArray(handOvers.id, [...ids]),
        channel === undefined ? undefined : eq(handOvers.channel, channel),
      ),
    )
    .orderBy(desc(handOvers.id))
    .limit(limit)
    .for('update', { skipLocked: true })
  if (dead.length === 0) return 0
  const chosen = sql`${sql.param(dead.map(({ id }) => id))}::uuid[]`
  // of several about the same there is the newest, and none where another waits by now
  await tx.execute(sql`
    update hand_overs h set state = 'withdrawn', reason = 'superseded', settled_at = clock_timestamp()
    where h.tenant_id = ${tenantId} and h.id = any(${chosen}) and exists (
      select from hand_overs w
      where w.tenant_id = h.tenant_id and w.user_id = h.user_id and w.channel = h.channel and w.target = h.target
        and w.collapse_key = h.collapse_key and w.id <> h.id
        and ((w.state = 'waiting' and not w.taken) or (w.id = any(${chosen}) and w.id > h.id)))`)
  await tx.execute(sql`
    update hand_overs set state = 'waiting', taken = false, attempts = 0, lost = 0, settled_at = null, due_at = now()
    where tenant_id = ${tenantId} and id = any(${chosen}) and ${isDead}`)
  for (const name of [...new Set(dead.map(({ channel }) => channel))].sort()) {
    const ms = await wantJob(tx, tenantId, { kind: laneKind(name), key: name, payload: {} })
    if (ms !== undefined) onScheduled(ms)
  }
  return dead.length
}
