import type { DeadEvent } from '@parley/contracts'
import { type Tx, wantJob } from '@parley/database'
import { and, asc, desc, eq, inArray, lt, ne, sql } from 'drizzle-orm'
import { REDRIVE_EVENTS } from '../domain/dead-letters/redrive-events.ts'
import type { DeadEventRepository } from '../domain/ports/dead-events.ts'
import { newId } from '../new-id.ts'
import { deadEvents } from './tables/dead-events.ts'

export function deadEventStore(tx: Tx, tenantId: string, onScheduled: (ms: number) => void): DeadEventRepository {
  const mine = eq(deadEvents.tenantId, tenantId)
  const again = { failures: sql`${deadEvents.failures} + 1`, failedAt: sql`now()` }
  return {
    async put(event) {
      const { sequence, error, place } = event
      await tx
        .insert(deadEvents)
        .values({ ...event, id: newId(), tenantId })
        .onConflictDoUpdate({
          target: [deadEvents.tenantId, deadEvents.consumer, deadEvents.eventId],
          set: { ...again, sequence, error, place, state: 'aside' },
        })
    },
    async list({ limit, before }) {
      const rows = await tx
        .select()
        .from(deadEvents)
        .where(and(mine, before === undefined ? undefined : lt(deadEvents.id, before)))
        .orderBy(desc(deadEvents.id))
        .limit(limit)
      return rows.map(toDeadEvent)
    },
    async redrive({ limit, ids }) {
      const chosen = await tx
        .select({ id: deadEvents.id })
        .from(deadEvents)
        .where(
          and(mine, ne(deadEvents.state, 'waiting'), ids === undefined ? undefined : inArray(deadEvents.id, [...ids])),
        )
        .orderBy(desc(deadEvents.id))
        .limit(limit)
        .for('update', { skipLocked: true })
      if (chosen.length === 0) return 0
      const these = inArray(
        deadEvents.id,
        chosen.map(({ id }) => id),
      )
      await tx.update(deadEvents).set({ state: 'waiting' }).where(and(mine, these))
      const ms = await wantJob(tx, tenantId, { kind: REDRIVE_EVENTS, key: 'all', payload: {} })
      if (ms !== undefined) onScheduled(ms)
      return chosen.length
    },
    waiting: (limit) =>
      tx
        .select({
          id: deadEvents.id,
          consumer: deadEvents.consumer,
          failures: deadEvents.failures,
          place: deadEvents.place,
        })
        .from(deadEvents)
        .where(and(mine, eq(deadEvents.state, 'waiting')))
        .orderBy(asc(deadEvents.id))
        .limit(limit),
    async remove(id) {
      await tx.delete(deadEvents).where(and(mine, eq(deadEvents.id, id), eq(deadEvents.state, 'waiting')))
    },
    async settle(id, { state, error }) {
      await tx
        .update(deadEvents)
        .set({ ...(state === 'aside' && again), state, error })
        .where(and(mine, eq(deadEvents.id, id), eq(deadEvents.state, 'waiting')))
    },
  }
}

function toDeadEvent({
  tenantId: _,
  place: __,
  createdAt,
  failedAt,
  ...row
}: typeof deadEvents.$inferSelect): DeadEvent {
  return { ...row, createdAt: createdAt.toISOString(), failedAt: failedAt.toISOString() }
}
