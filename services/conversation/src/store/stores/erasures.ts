import type { Tx } from '@parley/database'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { Erasures } from '../../domain/ports/erasures.ts'
import { erasures, messages } from '../tables/tables.ts'
import { arrayOf } from './arrays.ts'

export function erasureStore(tx: Tx, tenantId: string): Erasures {
  return {
    async list(limit, { settledMs = 0, until } = {}) {
      const rows = await tx
        .select({ messageId: messages.id, conversationId: messages.conversationId, createdAt: messages.createdAt })
        .from(erasures)
        .innerJoin(messages, eq(messages.id, erasures.messageId))
        .where(
          and(
            eq(erasures.tenantId, tenantId),
            sql`${messages.deletedAt} <= clock_timestamp() - ${settledMs}::float8 * interval '1 millisecond'`,
            until === undefined ? undefined : sql`${messages.deletedAt} <= ${until}::timestamptz`,
          ),
        )
        .orderBy(asc(erasures.messageId))
        .limit(limit)
      return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
    },
    async done(messageIds) {
      await tx
        .delete(erasures)
        .where(sql`${erasures.tenantId} = ${tenantId} and ${erasures.messageId} = any (${arrayOf('uuid', messageIds)})`)
    },
  }
}
