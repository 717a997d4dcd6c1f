import type { PolicySettings } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import type { Tenants } from '../../domain/ports/tenants.ts'
import { conversations, messages, reports, tenants, users } from '../tables/tables.ts'
import { ofTenant } from './conversations.ts'

/** Rows that hold counts come as text where they may be large. */
const total = (condition?: ReturnType<typeof sql>) =>
  sql<number>`count(*)${condition ? sql` filter (where ${condition})` : sql``}`.mapWith(Number)

export function tenantStore(tx: Tx, tenantId: string): Tenants {
  return {
    async settings() {
      const [row] = await tx.select({ policy: tenants.policy }).from(tenants).where(eq(tenants.id, tenantId))
      // Written by setSettings(), from what the contract's schema had passed.
      return (row?.policy ?? {}) as PolicySettings
    },
    async ensure() {
      await tx.insert(tenants).values({ id: tenantId }).onConflictDoNothing()
    },
    async setSettings(settings) {
      await tx
        .insert(tenants)
        .values({ id: tenantId, policy: settings })
        .onConflictDoUpdate({ target: tenants.id, set: { policy: settings } })
    },
    async stats(days) {
      const midnight = sql`date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'`
      const since = sql`(${midnight} - ${days - 1} * interval '1 day')`
      const day = (column: typeof messages.createdAt | typeof conversations.createdAt) =>
        sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD')`
      const [counts] = await tx
        .select({
          total: total(),
          active: total(sql`${conversations.status} = 'active'`),
          readOnly: total(sql`${conversations.status} = 'read_only'`),
          closed: total(sql`${conversations.status} = 'closed'`),
          busy: total(sql`${conversations.lastMessageAt} > now() - interval '1 day'`),
          messages: sql<number>`coalesce(sum(${conversations.lastSeq}), 0)`.mapWith(Number),
        })
        .from(conversations)
        .where(ofTenant(tenantId))
      const { messages: messageTotal, ...byStatus } = counts!
      const perDay = await tx
        .select({ day: day(messages.createdAt).as('day'), count: total() })
        .from(messages)
        .where(and(eq(messages.tenantId, tenantId), sql`${messages.createdAt} >= ${since}`))
        .groupBy(sql`day`)
      const begun = await tx
        .select({ day: day(conversations.createdAt).as('day'), count: total() })
        .from(conversations)
        .where(and(ofTenant(tenantId), sql`${conversations.createdAt} >= ${since}`))
        .groupBy(sql`day`)
      const [{ today } = { today: '' }] = (
        (await tx.execute(sql`select to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as today`)) as unknown as {
          rows: { today: string }[]
        }
      ).rows
      const on = (rows: { day: string; count: number }[], wanted: string) =>
        rows.find((row) => row.day === wanted)?.count ?? 0
      const calendar = Array.from({ length: days }, (_, i) => {
        const date = new Date(`${today}T00:00:00Z`)
        date.setUTCDate(date.getUTCDate() - (days - 1 - i))
        return date.toISOString().slice(0, 10)
      })
      const userTotal = await tx.$count(users, eq(users.tenantId, tenantId))
      const disabled = await tx.$count(users, and(eq(users.tenantId, tenantId), isNotNull(users.disabledAt)))
      const open = await tx.$count(reports, and(eq(reports.tenantId, tenantId), eq(reports.status, 'open')))
      return {
        conversations: byStatus,
        messages: { total: messageTotal, today: on(perDay, today) },
        users: { total: userTotal, disabled },
        reports: { open },
        perDay: calendar.map((date) => ({
          day: date,
          messages: on(perDay, date),
          conversations: on(begun, date),
        })),
      }
    },
  }
}
