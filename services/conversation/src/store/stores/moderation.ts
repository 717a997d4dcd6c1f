import type { AuditEntry } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, desc, eq, gt, inArray, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Audit, Blocks } from '../../domain/ports/moderation.ts'
import { auditLog, blocks, users } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'
import { conversationNames } from './conversation-names.ts'
import { profilesOf } from './users.ts'

export function blockStore(tx: Tx, tenantId: string): Blocks {
  const pair = (blockerId: string, blockedId: string) =>
    and(eq(blocks.tenantId, tenantId), eq(blocks.blockerId, blockerId), eq(blocks.blockedId, blockedId))
  const isThere = async (where: SQL | undefined) => {
    const rows = await tx.select({ blockerId: blocks.blockerId }).from(blocks).where(where).limit(1)
    return rows.length > 0
  }
  return {
    async add(blockerId, blockedId) {
      await tx.insert(blocks).values({ tenantId, blockerId, blockedId }).onConflictDoNothing()
    },
    async remove(blockerId, blockedId) {
      await tx.delete(blocks).where(pair(blockerId, blockedId))
    },
    has: (blockerId, blockedId) => isThere(pair(blockerId, blockedId)),
    between: (oneId, otherId) => isThere(or(pair(oneId, otherId), pair(otherId, oneId))),
    async amongOthers(oneId, otherIds) {
      if (otherIds.length === 0) return false
      const others = [...otherIds]
      return isThere(
        and(
          eq(blocks.tenantId, tenantId),
          or(
            and(eq(blocks.blockerId, oneId), inArray(blocks.blockedId, others)),
            and(inArray(blocks.blockerId, others), eq(blocks.blockedId, oneId)),
          ),
        ),
      )
    },
    async betweenEach(pairs) {
      if (pairs.length === 0) return []
      const [ones, others] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)]
      const both = rowsOf('pair', {
        one: arrayOf('text', [...ones, ...others]),
        other: arrayOf('text', [...others, ...ones]),
      })
      const rows = await tx
        .select({ blockerId: blocks.blockerId, blockedId: blocks.blockedId })
        .from(blocks)
        .where(
          and(
            eq(blocks.tenantId, tenantId),
            sql`(${blocks.blockerId}, ${blocks.blockedId}) in (select * from ${both})`,
          ),
        )
      const found = new Set(rows.map(({ blockerId, blockedId }) => JSON.stringify([blockerId, blockedId])))
      return pairs.map(
        ([one, other]) => found.has(JSON.stringify([one, other])) || found.has(JSON.stringify([other, one])),
      )
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

/** Lines of the log that a new one is compared with: a bound on its cost. */
const MAX_COMPARED = 200

export function auditStore(tx: Tx, tenantId: string): Audit {
  return {
    async write({ details, onceIn, ...entry }) {
      if (onceIn !== undefined) {
        const last = tx
          .select()
          .from(auditLog)
          .where(eq(auditLog.tenantId, tenantId))
          .orderBy(desc(auditLog.id))
          .limit(MAX_COMPARED)
          .as('last')
        const [same] = await tx
          .select({ id: last.id })
          .from(last)
          .where(
            and(
              eq(last.actorId, entry.actorId),
              eq(last.action, entry.action),
              sql`${last.target} is not distinct from ${entry.target}`,
              sql`${last.ip} is not distinct from ${entry.ip}`,
              sql`${last.details} = ${JSON.stringify(details)}::jsonb`,
              sql`${last.at} > now() - make_interval(secs => ${onceIn})`,
            ),
          )
          .limit(1)
        if (same) return
      }
      await tx.insert(auditLog).values({ ...entry, details: { ...details }, tenantId })
    },
    async list(filter) {
      return named(tx, tenantId, await auditPage(tx, tenantId, filter))
    },
  }
}

/** By the index that is for what is asked for: each has the order of the page. */
export function auditPage(tx: Pick<Tx, 'select'>, tenantId: string, filter: Parameters<Audit['list']>[0]) {
  const { actorId, action, target, before, limit } = filter
  return tx
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
}

type AuditRow = typeof auditLog.$inferSelect

/** With the names of who did it and of what it was done to, as they are now. */
async function named(tx: Tx, tenantId: string, rows: readonly AuditRow[]): Promise<AuditEntry[]> {
  const ofUser = ({ action, target }: AuditRow) => (action.startsWith('user') ? target : null)
  const ofConversation = ({ target }: AuditRow) => (target !== null && uuid.test(target) ? target : null)
  const profile = await profilesOf(
    tx,
    tenantId,
    rows.flatMap((row) => [row.actorId, ofUser(row)]),
  )
  const conversation = await conversationNames(tx, rows.map(ofConversation))
  return rows.map((row) => {
    const { tenantId: _, id, at, ...entry } = row
    const userId = ofUser(row)
    return {
      ...entry,
      id: String(id),
      at: at.toISOString(),
      actor: profile(row.actorId),
      targetUser: userId === null ? null : profile(userId),
      targetConversation: conversation.get(ofConversation(row) ?? '') ?? null,
    }
  })
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
