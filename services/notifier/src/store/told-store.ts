import type { Tx } from '@parley/database'
import { and, eq, sql } from 'drizzle-orm'
import type { ToldRepository } from '../domain/ports/told.ts'
import { told } from './tables/told.ts'

export function toldStore(tx: Tx, tenantId: string): ToldRepository {
  return {
    async of(conversationId) {
      const rows = await tx
        .select({ userId: told.userId, seq: told.seq })
        .from(told)
        .where(and(eq(told.tenantId, tenantId), eq(told.conversationId, conversationId)))
      return new Map(rows.map(({ userId, seq }) => [userId, seq]))
    },
    async advance(conversationId, marks) {
      if (marks.length === 0) return new Set()
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${conversationId}`}, 12))`)
      const given = sql`json_to_recordset(${JSON.stringify(marks)}::json) as r ("userId" text, before bigint, seq bigint)`
      const { rows } = (await tx.execute(sql`
        with moved as (
          update told t set seq = r.seq from ${given}
          where t.tenant_id = ${tenantId} and t.conversation_id = ${conversationId} and t.user_id = r."userId" and t.seq = r.before
          returning t.user_id),
        begun as (
          insert into told (tenant_id, conversation_id, user_id, seq)
          select ${tenantId}, ${conversationId}::uuid, r."userId", r.seq from ${given} where r.before is null
          on conflict do nothing returning user_id)
        select user_id from moved union all select user_id from begun`)) as unknown as { rows: { user_id: string }[] }
      return new Set(rows.map(({ user_id }) => user_id))
    },
  }
}
