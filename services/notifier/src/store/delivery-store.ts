import type { WebhookDelivery } from '@parley/contracts'
import type { Database, Tx } from '@parley/database'
import { currentTrace } from '@parley/tracing'
import { and, asc, desc, eq, gte, inArray, isNotNull, lt, type SQL, sql } from 'drizzle-orm'
import { gather } from '../domain/gather.ts'
import type { DeliveryRepository, WebhookLanes } from '../domain/ports/webhooks.ts'
import { newId } from '../new-id.ts'
import { webhookDeliveries } from './tables/webhooks.ts'

/** So many events are stored in one commit. */
const STORED_AT_ONCE = 50

const timeOrNull = (at: Date | null) => at?.toISOString() ?? null

/** As if it had never been tried. */
const anew = { status: 'waiting', attempts: 0, dueAt: sql`now()`, deliveredAt: null } as const

export function deliveryStore(tx: Tx, tenantId: string): DeliveryRepository {
  const of = (endpointId: string, ...more: (SQL | undefined)[]) =>
    and(eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.endpointId, endpointId), ...more)
  return {
    async list(endpointId, { status, before, limit }) {
      const rows = await tx
        .select()
        .from(webhookDeliveries)
        .where(
          of(
            endpointId,
            before === undefined ? undefined : lt(webhookDeliveries.id, before),
            status && eq(webhookDeliveries.status, status),
          ),
        )
        .orderBy(desc(webhookDeliveries.id))
        .limit(limit)
      return rows.map(toDelivery)
    },
    async byId(endpointId, id) {
      const [row] = await tx
        .select()
        .from(webhookDeliveries)
        .where(of(endpointId, eq(webhookDeliveries.id, id)))
      return row && toDelivery(row)
    },
    async add(endpointId, id, { id: eventId, at, ...event }) {
      const due = sql`now()` as unknown as Date
      await tx
        .insert(webhookDeliveries)
        .values({ ...event, id, tenantId, endpointId, eventId, eventAt: new Date(at), dueAt: due })
    },
    async replay(endpointId, id) {
      const again = await tx
        .update(webhookDeliveries)
        .set(anew)
        .where(of(endpointId, eq(webhookDeliveries.id, id), isNotNull(webhookDeliveries.body)))
        .returning({ id: webhookDeliveries.id })
      return again.length > 0
    },
    async replayRange(endpointId, { from, to, status }, limit) {
      const found = await tx
        .select({ id: webhookDeliveries.id, at: webhookDeliveries.eventAt })
        .from(webhookDeliveries)
        .where(
          of(
            endpointId,
            gte(webhookDeliveries.eventAt, new Date(from)),
            lt(webhookDeliveries.eventAt, new Date(to)),
            isNotNull(webhookDeliveries.body),
            status && eq(webhookDeliveries.status, status),
          ),
        )
        .orderBy(asc(webhookDeliveries.eventAt), asc(webhookDeliveries.id))
        .limit(limit + 1)
      // what happened in one moment is replayed together, so that the next call goes on after it
      const next = found.length > limit ? found[limit]!.at : null
      const chosen = next === null ? found : found.filter(({ at }) => at < next)
      const isOneMoment = next !== null && chosen.length === 0
      const ids = (isOneMoment ? found : chosen).map(({ id }) => id)
      if (ids.length > 0)
        await tx
          .update(webhookDeliveries)
          .set(anew)
          .where(of(endpointId, inArray(webhookDeliveries.id, ids)))
      return { replayed: ids.length, nextFrom: timeOrNull(isOneMoment ? new Date(next.getTime() + 1) : next) }
    },
  }
}

function toDelivery(row: typeof webhookDeliveries.$inferSelect): WebhookDelivery {
  const { id, endpointId: webhookId, eventId, type, status, attempts, body, answer, answerBody } = row
  return {
    ...{ id, webhookId, eventId, type, status, attempts, body },
    nextAttemptAt: timeOrNull(row.dueAt),
    answer: answer && { ...answer, body: answerBody },
    createdAt: row.createdAt.toISOString(),
    deliveredAt: timeOrNull(row.deliveredAt),
  }
}

/** `onScheduled` is told in how many milliseconds a lane has something to do. */
export function webhookLanes(database: Database, onScheduled: (ms: number) => void): WebhookLanes {
  const rows = <Row>(text: string, params: unknown[]) => database.call<Row>(text, params)
  // together and in turn: each holds the row of its lane's job until its commit, and many of one tenant would wait for it longer than a lock may
  const storing = gather<object, number>(
    async (events) => {
      const stored = await rows<{ ord: number; count: number }>('SELECT * FROM store_webhook_events($1)', [
        JSON.stringify(events.map((event, ord) => ({ ...event, ord }))),
      ])
      if (stored.length > 0) onScheduled(0)
      const counts = new Map(stored.map(({ ord, count }) => [ord, count]))
      return events.map((_, ord) => counts.get(ord) ?? 0)
    },
    { atMost: STORED_AT_ONCE, inTurn: true },
  )
  return {
    async listeners() {
      const found = await rows<{
        id: string
        tenant_id: string
        events: string[]
        created_at: Date | string
        is_enabled: boolean
      }>('SELECT * FROM listening_webhooks()', [])
      return found.map(({ id, tenant_id: tenantId, events, created_at: at, is_enabled: isEnabled }) => ({
        ...{ id, tenantId, events, isEnabled },
        createdAt: new Date(at).toISOString(),
      }))
    },
    store: (tenant, endpoints, { id: event, type, at, messageId: message, replyToId: replyTo, body }) =>
      storing.add({
        ...{ tenant, endpoints, ids: endpoints.map(newId), event, type, at, message, replyTo, body },
        traceparent: currentTrace() ?? null,
      }),
    async erase(tenantId, messageId) {
      await rows('SELECT erase_from_webhooks($1, $2)', [tenantId, messageId])
    },
    async take(tenantId, endpointId, limit, leaseMs) {
      const taken = await rows<{
        id: string
        event_id: string
        body: string
        attempts: number
        event_at: Date | string
        traceparent: string | null
      }>('SELECT * FROM begin_webhook_deliveries($1, $2, $3, $4)', [tenantId, endpointId, limit, leaseMs])
      return taken.map(({ id, event_id: eventId, body, attempts: attempt, event_at: at, traceparent }) => ({
        ...{ id, eventId, body, attempt, traceparent },
        eventAt: new Date(at).toISOString(),
      }))
    },
    async waiting() {
      const [row] = await rows<{ depth: number; age: number }>('SELECT * FROM webhook_deliveries_waiting()', [])
      return row!
    },
    async settle(tenantId, { id, delivered, againMs, answer: { body, ...answer }, gone }, patienceMs) {
      const [row] = await rows<{ reason: 'gone' | 'failing' | null }>(
        'SELECT settle_webhook_delivery($1, $2, $3, $4, $5, $6, $7, $8) AS reason',
        [tenantId, id, delivered, againMs, JSON.stringify(answer), body, gone, patienceMs],
      )
      return row!.reason
    },
    async rest(tenantId, endpointId, restMs) {
      const [row] = await rows<{ due_in: number | null }>('SELECT rest_webhook_lane($1, $2, $3) AS due_in', [
        tenantId,
        endpointId,
        restMs,
      ])
      return row!.due_in
    },
    async forget(days, limit) {
      const [row] = await rows<{ count: number }>('SELECT forget_webhook_deliveries($1, $2) AS count', [days, limit])
      return row!.count
    },
  }
}
