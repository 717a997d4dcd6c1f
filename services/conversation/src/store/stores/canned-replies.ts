import type { Tx } from '@parley/database'
import { and, asc, count, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { CannedPlace, CannedReplies, CannedReplyRecord } from '../../domain/ports/canned-replies.ts'
import { cannedReplies } from '../tables/tables.ts'

/** Who owns those of the tenant: no user has this id. */
const TENANT = ''

/** The one place where a row becomes a canned reply. */
function toRecord({ shortcut, ownerId, text, roles, updatedAt }: typeof cannedReplies.$inferSelect): CannedReplyRecord {
  return { shortcut, ownerId: ownerId === TENANT ? null : ownerId, text, roles, updatedAt: updatedAt.toISOString() }
}

export function cannedReplyStore(tx: Tx, tenantId: string): CannedReplies {
  const ofTenant = eq(cannedReplies.tenantId, tenantId)
  const isTenants = sql<boolean>`(${cannedReplies.ownerId} = ${TENANT})`
  const list = async (owners: string[], more: (SQL | undefined)[], after: CannedPlace | undefined, limit: number) => {
    const behind = after && sql`(${cannedReplies.shortcut}, ${isTenants}) > (${after.shortcut}, ${!after.own})`
    const rows = await tx
      .select()
      .from(cannedReplies)
      .where(and(ofTenant, inArray(cannedReplies.ownerId, owners), behind, ...more))
      .orderBy(asc(cannedReplies.shortcut), asc(isTenants))
      .limit(limit)
    return rows.map(toRecord)
  }
  return {
    listOfTenant: (after, limit) => list([TENANT], [], after, limit),
    listFor({ userId, role, anyRole }, { query, after, limit }) {
      const { roles, shortcut, text } = cannedReplies
      const isTheirs = anyRole ? undefined : sql`(${roles} is null or ${role}::text = any (${roles}))`
      const matches =
        query === undefined
          ? undefined
          : sql`(starts_with(${shortcut}, ${query}) or position(${query} in lower(${text})) > 0)`
      return list([TENANT, userId], [isTheirs, matches], after, limit)
    },
    async put({ ownerId, ...reply }, max) {
      const owner = ownerId ?? TENANT
      // of two who come at once each may be the last one
      const [others] = await tx
        .select({ number: count() })
        .from(cannedReplies)
        .where(and(ofTenant, eq(cannedReplies.ownerId, owner), sql`${cannedReplies.shortcut} <> ${reply.shortcut}`))
      if (others!.number >= max) return null
      const [row] = await tx
        .insert(cannedReplies)
        .values({ tenantId, ownerId: owner, ...reply })
        .onConflictDoUpdate({
          target: [cannedReplies.tenantId, cannedReplies.ownerId, cannedReplies.shortcut],
          set: { text: reply.text, roles: reply.roles, updatedAt: sql`now()` },
        })
        .returning()
      return toRecord(row!)
    },
    async delete(ownerId, shortcut) {
      const gone = await tx
        .delete(cannedReplies)
        .where(and(ofTenant, eq(cannedReplies.ownerId, ownerId ?? TENANT), eq(cannedReplies.shortcut, shortcut)))
        .returning({ shortcut: cannedReplies.shortcut })
      return gone.length > 0
    },
  }
}
