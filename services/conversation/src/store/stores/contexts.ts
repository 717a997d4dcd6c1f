import type { Context } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Contexts } from '../../domain/ports/contexts.ts'
import { contexts, tenants } from '../tables/tables.ts'

type ContextRow = typeof contexts.$inferSelect

/** The one place where a row becomes a context. */
function toContext(row: ContextRow): Context {
  const { type, id, title, status, version, members, metadata, parentType, parentId } = row
  const parent = parentType !== null && parentId !== null ? { type: parentType, id: parentId } : null
  return {
    ...{ type, id, title, status, version, parent, members, metadata },
    statusAt: row.statusAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

export function contextStore(tx: Tx, tenantId: string): Contexts {
  const one = ({ type, id }: { type: string; id: string }) =>
    and(eq(contexts.tenantId, tenantId), eq(contexts.type, type), eq(contexts.id, id))
  const select = (ref: { type: string; id: string }) => tx.select().from(contexts).where(one(ref)).$dynamic()
  return {
    async find(ref) {
      const [row] = await select(ref)
      return row ? toContext(row) : null
    },
    async lock(ref) {
      const [row] = await select(ref).for('share')
      return row ? toContext(row) : null
    },
    async lockUntold(ref) {
      const [row] = await select(ref).for('no key update')
      return row ? { context: toContext(row), untold: row.untold } : null
    },
    async setUntold(ref, untold) {
      await tx.update(contexts).set({ untold }).where(one(ref))
    },
    async upsert({ type, id, title, status, version, parent, members, metadata }) {
      const said = {
        title,
        status,
        version,
        parentType: parent?.type ?? null,
        parentId: parent?.id ?? null,
        members,
        metadata: { ...metadata },
      }
      await tx.insert(tenants).values({ id: tenantId }).onConflictDoNothing()
      const [inserted] = await tx
        .insert(contexts)
        .values({ tenantId, type, id, ...said })
        .onConflictDoNothing()
        .returning()
      const unchanged = { created: false, applied: false, renamed: false, restated: false, untold: null }
      if (inserted) return { ...unchanged, context: toContext(inserted), created: true, applied: true }
      const [before] = await select({ type, id }).for('no key update')
      // Two that say no version: the later one counts. One without after one with: as new as that.
      const isNewer = version === null || before!.version === null || version > before!.version
      const { untold } = before!
      if (!isNewer) return { ...unchanged, context: toContext(before!), untold }
      const [row] = await tx
        .update(contexts)
        .set({
          ...said,
          version: version ?? before!.version,
          updatedAt: sql`clock_timestamp()`,
          // times of grace go on while the status stays
          ...(before!.status !== status && { statusAt: sql`clock_timestamp()` }),
        })
        .where(one({ type, id }))
        .returning(getTableColumns(contexts))
      const renamed = (['title', 'status', 'parentType', 'parentId'] as const).some((key) => before![key] !== row![key])
      const restated = before!.status !== status
      return { context: toContext(row!), created: false, applied: true, renamed, restated, untold }
    },
  }
}
