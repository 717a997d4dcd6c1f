import { BROADCAST_DAYS } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, desc, eq, lt, sql } from 'drizzle-orm'
import type { Broadcasts } from '../../domain/ports/broadcasts.ts'
import { broadcasts } from '../tables/tables.ts'

export function broadcastStore(tx: Tx, tenantId: string): Broadcasts {
  return {
    async insert(broadcast) {
      const [row] = await tx
        .insert(broadcasts)
        .values({ ...broadcast, tenantId })
        .returning({ at: broadcasts.at })
      return row!.at.toISOString()
    },
    async list(before, limit) {
      const rows = await tx
        .select()
        .from(broadcasts)
        .where(
          and(
            eq(broadcasts.tenantId, tenantId),
            sql`${broadcasts.at} > now() - ${BROADCAST_DAYS} * interval '1 day'`,
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
