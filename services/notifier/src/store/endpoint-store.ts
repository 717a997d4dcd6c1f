import type { Tx } from '@parley/database'
import { and, asc, count, eq, sql } from 'drizzle-orm'
import type { Endpoint, EndpointRepository } from '../domain/ports/webhooks.ts'
import { webhookEndpoints } from './tables/webhooks.ts'

const timeOrNull = (at: Date | null) => at?.toISOString() ?? null
/** By the database's clock, which has the last word on both. */
const restsMs = sql<number>`coalesce(extract(epoch from ${webhookEndpoints.restsUntil} - clock_timestamp()) * 1000, 0)::double precision`
const overlaps = sql<boolean>`coalesce(${webhookEndpoints.formerUntil} > clock_timestamp(), false)`

/** `onScheduled` is told in how many milliseconds there is something to hand over. */
export function endpointStore(tx: Tx, tenantId: string, onScheduled: (ms: number) => void): EndpointRepository {
  const ofId = (id: string) => and(eq(webhookEndpoints.tenantId, tenantId), eq(webhookEndpoints.id, id))
  const select = () => tx.select({ row: webhookEndpoints, restsMs, overlaps }).from(webhookEndpoints).$dynamic()
  return {
    async add({ disabled, ...endpoint }, most) {
      // one after the other: each sees what the one before has added
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks ${tenantId}`}, 0))`)
      const [found] = await tx
        .select({ count: count() })
        .from(webhookEndpoints)
        .where(eq(webhookEndpoints.tenantId, tenantId))
      if (found!.count >= most) return false
      await tx.insert(webhookEndpoints).values({ ...endpoint, tenantId, ...standing(disabled) })
      return true
    },
    async all() {
      const rows = await select().where(eq(webhookEndpoints.tenantId, tenantId)).orderBy(asc(webhookEndpoints.id))
      return rows.map(toEndpoint)
    },
    async byId(id) {
      const [row] = await select().where(ofId(id))
      return row && toEndpoint(row)
    },
    async change(id, { disabled, ...change }) {
      await tx
        .update(webhookEndpoints)
        .set({ ...change, ...(disabled !== undefined && standing(disabled)), updatedAt: sql`now()` })
        .where(ofId(id))
    },
    async rotate(id, secret, overlapSeconds) {
      await tx
        .update(webhookEndpoints)
        .set({
          secret,
          formerSecret: sql`${webhookEndpoints.secret}`,
          formerUntil: sql`now() + ${overlapSeconds} * interval '1 second'`,
          updatedAt: sql`now()`,
        })
        .where(ofId(id))
    },
    async remove(id) {
      const gone = await tx.delete(webhookEndpoints).where(ofId(id)).returning({ id: webhookEndpoints.id })
      return gone.length > 0
    },
    async wake(id) {
      await tx.execute(sql`select wake_webhook_lane(${tenantId}, ${id})`)
      onScheduled(0)
    },
  }
}

/** Turned on, it is as if it had never failed. */
const standing = (disabled: boolean) =>
  disabled
    ? { disabledReason: 'host' as const, disabledAt: sql`now()` }
    : { disabledReason: null, disabledAt: null, failures: 0, failingSince: null, restsUntil: null }

function toEndpoint({
  row,
  restsMs,
  overlaps,
}: {
  row: typeof webhookEndpoints.$inferSelect
  restsMs: number
  overlaps: boolean
}): Endpoint {
  const { id, url, events, description, secret, formerSecret, failures, disabledReason } = row
  return {
    ...{ id, url, events, description, secret, failures, disabledReason, restsMs },
    formerSecret: overlaps ? formerSecret : null,
    disabledAt: timeOrNull(row.disabledAt),
    failingSince: timeOrNull(row.failingSince),
    previousSecretUntil: overlaps ? timeOrNull(row.formerUntil) : null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
