import type { MessageTransition } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { asc, eq, sql } from 'drizzle-orm'
import { type Transitions, transitionKey } from '../../domain/ports/transitions.ts'
import { messageTransitions } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'

export function transitionStore(tx: Tx, tenantId: string): Transitions {
  const all = () => tx.select().from(messageTransitions).$dynamic()
  return {
    async write(messageId, rev, { action, from, to, by, party, supersededBy, reason, chosen }) {
      const [row] = await tx
        .insert(messageTransitions)
        .values({
          messageId,
          rev,
          tenantId,
          action,
          fromStatus: from,
          toStatus: to,
          byUser: by,
          party,
          supersededBy,
          data: reason === null && chosen === null ? null : { reason, chosen },
        })
        .returning({ at: messageTransitions.at })
      return row!.at.toISOString()
    },
    async of(messageId) {
      const rows = await all().where(eq(messageTransitions.messageId, messageId)).orderBy(asc(messageTransitions.rev))
      return rows.map(toTransition)
    },
    async at(places) {
      if (places.length === 0) return new Map()
      const wanted = rowsOf('at', {
        message_id: arrayOf(
          'uuid',
          places.map(({ messageId }) => messageId),
        ),
        rev: arrayOf(
          'bigint',
          places.map(({ rev }) => rev),
        ),
      })
      const rows = await all().where(
        sql`(${messageTransitions.messageId}, ${messageTransitions.rev}) in (select * from ${wanted})`,
      )
      return new Map(rows.map((row) => [transitionKey(row), toTransition(row)]))
    },
  }
}

function toTransition(row: typeof messageTransitions.$inferSelect): MessageTransition {
  const { action, fromStatus, toStatus, byUser, party, supersededBy, data, at } = row
  return {
    action,
    from: fromStatus,
    to: toStatus,
    by: byUser,
    party,
    at: at.toISOString(),
    reason: data?.reason ?? null,
    chosen: data?.chosen ?? null,
    supersededBy,
  }
}
