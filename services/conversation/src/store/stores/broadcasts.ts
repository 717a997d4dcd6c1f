import { BROADCAST_DAYS } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, between, desc, eq, lt, sql } from 'drizzle-orm'
import type { Broadcasts } from '../../domain/ports/broadcasts.ts'
import { broadcasts } from '../tables/tables.ts'
import { recordAnnouncement } from './record-announcement.ts'
import { profilesOf } from './users.ts'

const isRead = sql`${broadcasts.at} > now() - ${BROADCAST_DAYS} * interval '1 day'`

export function broadcastStore(tx: Tx, tenantId: string): Broadcasts {
  return {
    async insert(broadcast) {
      const [row] = await tx
        .insert(broadcasts)
        .values({ ...broadcast, tenantId })
        .returning({ at: broadcasts.at, number: broadcasts.number })
      await recordAnnouncement(tx, 'broadcast.sent', broadcast.id, row!.number)
      return row!.at.toISOString()
    },
    async between(from, to, limit) {
      const rows = await tx
        .select()
        .from(broadcasts)
        .where(and(eq(broadcasts.tenantId, tenantId), isRead, between(broadcasts.number, from, to)))
        .orderBy(desc(broadcasts.number))
        .limit(limit)
      const profileOf = await profilesOf(
        tx,
        tenantId,
        rows.map(({ sentBy }) => sentBy),
      )
      return rows.reverse().map(({ number, sentBy, id, title, content, link, at }) => ({
        ...{ number, senderId: sentBy, sender: profileOf(sentBy) },
        message: { id, title, content, link, at: at.toISOString() },
      }))
    },
    async list(before, limit) {
      const rows = await tx
        .select()
        .from(broadcasts)
        .where(
          and(
            eq(broadcasts.tenantId, tenantId),
            isRead,
            before === undefined ? undefined : lt(broadcasts.number, before),
          ),
        )
        .orderBy(desc(broadcasts.number))
        .limit(limit)
      return rows.map(({ number, id, title, content, link, at }) => ({
        number,
        message: { id, title, content, link, at: at.toISOString() },
      }))
    },
  }
}
