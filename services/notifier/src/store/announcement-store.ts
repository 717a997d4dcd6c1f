import type { Tx } from '@parley/database'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AnnouncementRepository } from '../domain/ports/happenings.ts'
import { newId } from '../new-id.ts'
import { countedIn, NOW, readNotifications, toStored } from './notification-store.ts'
import { notifications } from './tables/told.ts'

export function announcementStore(tx: Tx, tenantId: string): AnnouncementRepository {
  const unread = (kind: string) =>
    and(
      eq(notifications.tenantId, tenantId),
      eq(notifications.kind, kind as (typeof notifications.$inferSelect)['kind']),
      isNull(notifications.conversationId),
      isNull(notifications.readAt),
    )
  return {
    async announce(news) {
      if (news.length === 0) return []
      const rows = await tx
        .insert(notifications)
        .values(
          [...news]
            .sort((a, b) => (a.userId < b.userId ? -1 : 1))
            .map((one) => ({ ...one, id: newId(), tenantId, createdAt: NOW, updatedAt: NOW })),
        )
        .onConflictDoUpdate({
          target: [notifications.tenantId, notifications.kind, notifications.userId],
          targetWhere: sql`read_at is null and conversation_id is null`,
          set: countedIn,
        })
        .returning()
      return rows.map(toStored)
    },
    async unreadOf(kind) {
      const rows = await tx.select({ userId: notifications.userId }).from(notifications).where(unread(kind))
      return rows.map(({ userId }) => userId)
    },
    readKind: (userId, kind) => readNotifications(tx, tenantId, and(unread(kind), eq(notifications.userId, userId))),
  }
}
