import type { Tx } from '@parley/database'
import { and, eq, inArray, isNull, lte, type SQL, sql } from 'drizzle-orm'
import type { NotificationRepository, StoredNotification, ToldPlace } from '../domain/ports/told.ts'
import { newId } from '../new-id.ts'
import { rankOf } from './rank-of.ts'
import { notifications } from './tables/told.ts'

/** In whole milliseconds, and not before what was moved by this transaction before. */
export const NOW = sql`date_trunc('milliseconds', clock_timestamp())` as unknown as Date
const COUNTED = 100

/** What comes while a notification is unread is counted in it. */
export const countedIn = {
  fromSeq: sql`least(${notifications.fromSeq}, excluded.from_seq)`,
  toSeq: sql`greatest(${notifications.toSeq}, excluded.to_seq)`,
  count: sql`${notifications.count} + excluded.count`,
  listed: sql`${notifications.listed} or excluded.listed`,
  pushed: sql`${notifications.pushed} or excluded.pushed`,
  updatedAt: NOW,
}

/** By which people who are told stand in one order. */
const placeOf = ({ userId, conversationId }: ToldPlace) => `${userId} ${conversationId}`

type Row = typeof notifications.$inferSelect

export function notificationStore(tx: Tx, tenantId: string): NotificationRepository {
  const mine = (userId: string) => and(eq(notifications.tenantId, tenantId), eq(notifications.userId, userId))
  const read = (where: SQL | undefined) => readNotifications(tx, tenantId, where)
  return {
    async tell(news) {
      if (news.length === 0) return []
      const rows = await tx
        .insert(notifications)
        .values(
          [...news]
            .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
            .map((one) => ({ ...one, id: newId(), tenantId, createdAt: NOW, updatedAt: NOW })),
        )
        .onConflictDoUpdate({
          target: [notifications.tenantId, notifications.userId, notifications.conversationId],
          targetWhere: sql`read_at is null`,
          set: {
            kind: sql`case when ${rankOf(sql`excluded.kind`)} < ${rankOf(sql`${notifications.kind}`)} then excluded.kind else ${notifications.kind} end`,
            ...countedIn,
          },
        })
        .returning()
      return rows.map(toStored)
    },
    async readUpTo(conversationId, userId, seq) {
      const here = and(mine(userId), eq(notifications.conversationId, conversationId))
      const whole = await read(and(here, lte(notifications.toSeq, seq)))
      await tx
        .update(notifications)
        .set({
          fromSeq: seq + 1,
          count: sql`least(${notifications.count}, ${notifications.toSeq} - ${seq})`,
        })
        .where(and(here, isNull(notifications.readAt), lte(notifications.fromSeq, seq)))
      return whole
    },
    async markRead(userId, which) {
      if ('conversationId' in which)
        return read(and(mine(userId), eq(notifications.conversationId, which.conversationId)))
      if ('ids' in which) return read(and(mine(userId), inArray(notifications.id, [...which.ids])))
      return read(and(mine(userId), eq(notifications.listed, true), lte(notifications.updatedAt, new Date(which.upTo))))
    },
    async list(userId, { unread, after, limit }) {
      const rows = await tx
        .select()
        .from(notifications)
        .where(
          and(
            mine(userId),
            eq(notifications.listed, true),
            unread ? isNull(notifications.readAt) : undefined,
            after
              ? sql`(${notifications.updatedAt}, ${notifications.id}) < (${after.at}::timestamptz, ${after.id}::uuid)`
              : undefined,
          ),
        )
        .orderBy(sql`${notifications.updatedAt} desc`, sql`${notifications.id} desc`)
        .limit(limit)
      return rows.map(toStored)
    },
    async countUnread(userIds) {
      if (userIds.length === 0) return new Map()
      const { rows } = (await tx.execute(sql`
        select i.user_id, (
          select count(*)::integer from (
            select from notifications n
            where n.tenant_id = ${tenantId} and n.user_id = i.user_id and n.listed and n.read_at is null limit ${COUNTED}) c) as count
        from json_array_elements_text(${JSON.stringify(userIds)}::json) i (user_id)`)) as unknown as {
        rows: { user_id: string; count: number }[]
      }
      return new Map(rows.map(({ user_id, count }) => [user_id, count]))
    },
  }
}

/** Those of them that are unread are read from now on. Answers these. */
export async function readNotifications(
  tx: Tx,
  tenantId: string,
  where: SQL | undefined,
): Promise<StoredNotification[]> {
  // locked in the order in which they are told, so that nobody who reads several waits for who tells several
  const unread = await tx
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(where, isNull(notifications.readAt)))
    .orderBy(notifications.userId, notifications.conversationId)
    .for('update')
  if (unread.length === 0) return []
  const ids = unread.map(({ id }) => id)
  const rows = await tx
    .update(notifications)
    .set({ readAt: NOW, updatedAt: NOW })
    .where(and(eq(notifications.tenantId, tenantId), inArray(notifications.id, ids), isNull(notifications.readAt)))
    .returning()
  return rows.map(toStored)
}

/** The one place where a row becomes a notification. */
export function toStored({ tenantId: _tenant, createdAt, updatedAt, readAt, ...row }: Row): StoredNotification {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    readAt: readAt?.toISOString() ?? null,
  }
}
