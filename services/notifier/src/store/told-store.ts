import type { Tx } from '@parley/database'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { ToldRepository } from '../domain/ports/told.ts'
import { told } from './tables/told.ts'

export function toldStore(tx: Tx, tenantId: string): ToldRepository {
  return {
    async of(conversationIds) {
      const { conversationId, userId, seq } = told
      return tx
        .select({ conversationId, userId, seq })
        .from(told)
        .where(and(eq(told.tenantId, tenantId), inArray(conversationId, [...conversationIds])))
    },
    async advance(marks) {
      if (marks.length === 0) return []
      const names = [...new Set(marks.map(({ conversationId }) => `${tenantId} ${conversationId}`))]
      // in one order, so that two who look at several never wait for each other
      await tx.execute(sql`
        select pg_advisory_xact_lock(l.lock) from (
          select hashtextextended(n.name, 12) as lock from json_array_elements_text(${JSON.stringify(names)}::json) n (name)
          order by 1 offset 0) l`)
      const given = sql`json_to_recordset(${JSON.stringify(marks.map((mark, ord) => ({ ...mark, ord })))}::json)
        as r (ord integer, "conversationId" uuid, "userId" text, before bigint, seq bigint)`
      const { rows } = (await tx.execute(sql`
        with moved as (
          update told t set seq = r.seq from ${given}
          where t.tenant_id = ${tenantId} and t.conversation_id = r."conversationId" and t.user_id = r."userId" and t.seq = r.before
          returning t.conversation_id, t.user_id),
        begun as (
          insert into told (tenant_id, conversation_id, user_id, seq)
          select ${tenantId}, r."conversationId", r."userId", r.seq from ${given} where r.before is null
          on conflict do nothing returning conversation_id, user_id)
        select r.ord from ${given} join (select * from moved union all select * from begun) d
          on d.conversation_id = r."conversationId" and d.user_id = r."userId"`)) as unknown as {
        rows: { ord: number }[]
      }
      const moved = new Set(rows.map(({ ord }) => ord))
      return marks.map((_, i) => moved.has(i))
    },
  }
}
