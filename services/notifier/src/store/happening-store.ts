import { type Tx, wantJob } from '@parley/database'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { HappeningRepository } from '../domain/ports/happenings.ts'
import { happenings } from './tables/happenings.ts'

/** `onScheduled` is told in how many milliseconds there is something to tell. */
export function happeningStore(tx: Tx, tenantId: string, onScheduled: (ms: number) => void): HappeningRepository {
  const one = (id: string) => and(eq(happenings.tenantId, tenantId), eq(happenings.id, id), isNull(happenings.doneAt))
  return {
    async add(wanted) {
      if (wanted.length === 0) return
      const inOrder = [...wanted].sort((a, b) => (a.id < b.id ? -1 : 1))
      const added = await tx
        .insert(happenings)
        .values(inOrder.map(({ dueAt: _due, at, ...happening }) => ({ ...happening, tenantId, at: new Date(at) })))
        .onConflictDoNothing()
        .returning({ id: happenings.id })
      const isNew = new Set(added.map(({ id }) => id))
      for (const { id, dueAt } of inOrder.filter((happening) => isNew.has(happening.id))) {
        const ms = await wantJob(tx, tenantId, { kind: 'happening', key: id, payload: {}, dueAt })
        if (ms !== undefined) onScheduled(ms)
      }
    },
    async find(id) {
      const [row] = await tx.select().from(happenings).where(one(id))
      if (!row) return undefined
      const { tenantId: _tenant, doneAt: _done, at, ...happening } = row
      return { ...happening, at: at.toISOString() }
    },
    async advance(id, from, to) {
      const moved = await tx
        .update(happenings)
        .set(to === null ? { doneAt: sql`now()` } : { toldTo: to })
        .where(and(one(id), sql`${happenings.toldTo} is not distinct from ${from}`))
        .returning({ id: happenings.id })
      return moved.length > 0
    },
  }
}
