import type { AuditEntry, Report } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, desc, eq, gt, lt, or, sql } from 'drizzle-orm'
import type { Audit, Blocks, Reports } from '../../domain/ports/moderation.ts'
import { auditLog, blocks, reports, users } from '../tables/tables.ts'

export function blockStore(tx: Tx, tenantId: string): Blocks {
  const pair = (blockerId: string, blockedId: string) =>
    and(eq(blocks.tenantId, tenantId), eq(blocks.blockerId, blockerId), eq(blocks.blockedId, blockedId))
  return {
    async add(blockerId, blockedId) {
      await tx.insert(blocks).values({ tenantId, blockerId, blockedId }).onConflictDoNothing()
    },
    async remove(blockerId, blockedId) {
      await tx.delete(blocks).where(pair(blockerId, blockedId))
    },
    async between(oneId, otherId) {
      const rows = await tx
        .select({ blockerId: blocks.blockerId })
        .from(blocks)
        .where(or(pair(oneId, otherId), pair(otherId, oneId)))
        .limit(1)
      return rows.length > 0
    },
    async list(blockerId, after, limit) {
      const rows = await tx
        .select({ userId: blocks.blockedId, name: users.name, avatarUrl: users.avatarUrl, at: blocks.createdAt })
        .from(blocks)
        .leftJoin(users, and(eq(users.tenantId, blocks.tenantId), eq(users.id, blocks.blockedId)))
        .where(
          and(
            eq(blocks.tenantId, tenantId),
            eq(blocks.blockerId, blockerId),
            after === null ? undefined : gt(blocks.blockedId, after),
          ),
        )
        .orderBy(asc(blocks.blockedId))
        .limit(limit)
      return rows.map(({ at, ...profile }) => ({ ...profile, blockedAt: at.toISOString() }))
    },
  }
}

type ReportRow = typeof reports.$inferSelect

/** The one place where a row becomes a report. */
function toReport({ tenantId: _, resolvedAt, createdAt, ...row }: ReportRow): Report {
  return { ...row, resolvedAt: resolvedAt?.toISOString() ?? null, createdAt: createdAt.toISOString() }
}

export function reportStore(tx: Tx, tenantId: string): Reports {
  const one = (id: string) => and(eq(reports.tenantId, tenantId), eq(reports.id, id))
  return {
    async insert(report) {
      const [row] = await tx
        .insert(reports)
        .values({ ...report, tenantId })
        .returning()
      return toReport(row!)
    },
    async find(id) {
      const [row] = await tx.select().from(reports).where(one(id))
      return row ? toReport(row) : null
    },
    async list({ status, after, limit }) {
      const rows = await tx
        .select()
        .from(reports)
        .where(
          and(
            eq(reports.tenantId, tenantId),
            status && eq(reports.status, status),
            after === undefined ? undefined : sql`${reports.id} > ${after}::uuid`,
          ),
        )
        .orderBy(asc(reports.id))
        .limit(limit)
      return rows.map(toReport)
    },
    async decide(id, { status, resolution, decidedBy }) {
      const [row] = await tx
        .update(reports)
        .set({ status, resolution, resolvedBy: decidedBy, resolvedAt: sql`clock_timestamp()` })
        .where(and(one(id), eq(reports.status, 'open')))
        .returning()
      return row ? toReport(row) : null
    },
  }
}

export function auditStore(tx: Tx, tenantId: string): Audit {
  return {
    async write({ details, ...entry }) {
      await tx.insert(auditLog).values({ ...entry, details: { ...details }, tenantId })
    },
    async list({ actorId, action, target, before, limit }) {
      const rows = await tx
        .select()
        .from(auditLog)
        .where(
          and(
            eq(auditLog.tenantId, tenantId),
            actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
            action === undefined ? undefined : eq(auditLog.action, action),
            target === undefined ? undefined : eq(auditLog.target, target),
            before === undefined ? undefined : lt(auditLog.id, Number(before)),
          ),
        )
        .orderBy(desc(auditLog.id))
        .limit(limit)
      return rows.map(
        ({ tenantId: _, id, at, ...entry }): AuditEntry => ({ ...entry, id: String(id), at: at.toISOString() }),
      )
    },
  }
}
