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
    async lock(ref, purpose) {
      const [row] = await select(ref).for(purpose === 'start' ? 'share' : 'no key update')
      return row ? toContext(row) : null
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
      if (inserted) return { context: toContext(inserted), created: true, renamed: false, restated: false }
      const [before] = await select({ type, id }).for('no key update')
      // Two that say no version: the later one counts. One without after one with: as new as that.
      const isNewer = version === null || before!.version === null || version > before!.version
      if (!isNewer) return null
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
      return { context: toContext(row!), created: false, renamed, restated: before!.status !== status }
    },
  }
}
