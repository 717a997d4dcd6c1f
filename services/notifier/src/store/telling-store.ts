import type { MessageTelling } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, eq, gte, isNotNull, lte } from 'drizzle-orm'
import type { TellingRepository, ToldMessage } from '../domain/ports/tellings.ts'
import { handOvers } from './tables/hand-overs.ts'
import { notifications } from './tables/told.ts'
import { webhookDeliveries } from './tables/webhooks.ts'

export function tellingStore(tx: Tx, tenantId: string): TellingRepository {
  return {
    async of(message, limit) {
      const shown = await inApp(tx, tenantId, message, limit)
      const handedOver = await overChannels(tx, tenantId, message, limit)
      return [...shown, ...handedOver, ...(await toWebhooks(tx, tenantId, message, limit))]
    },
  }
}

async function inApp(tx: Tx, tenantId: string, { conversationId, seq }: ToldMessage, limit: number) {
  const rows = await tx
    .select()
    .from(notifications)
    .where(
      and(
        ...[eq(notifications.tenantId, tenantId), eq(notifications.conversationId, conversationId)],
        ...[gte(notifications.toSeq, seq), lte(notifications.fromSeq, seq), eq(notifications.listed, true)],
      ),
    )
    .orderBy(notifications.toSeq)
    .limit(limit)
  return rows.map(({ userId, kind, createdAt, readAt }): MessageTelling => {
    const state = readAt ? `read at ${readAt.toISOString()}` : 'unread'
    return { way: 'in_app', by: kind, userId, state, at: createdAt.toISOString(), reason: null }
  })
}

async function overChannels(tx: Tx, tenantId: string, { conversationId, seq }: ToldMessage, limit: number) {
  const rows = await tx
    .select()
    .from(handOvers)
    .where(
      and(
        ...[eq(handOvers.tenantId, tenantId), eq(handOvers.conversationId, conversationId)],
        // said once more for the index, which has these alone
        isNotNull(handOvers.conversationId),
        ...[gte(handOvers.toSeq, seq), lte(handOvers.fromSeq, seq), eq(handOvers.withdraws, false)],
      ),
    )
    .orderBy(handOvers.toSeq)
    .limit(limit)
  return rows.map(({ channel: by, userId, state, settledAt, reason }): MessageTelling => {
    return { way: 'channel', by, userId, state, at: settledAt?.toISOString() ?? null, reason }
  })
}

async function toWebhooks(tx: Tx, tenantId: string, { messageId }: ToldMessage, limit: number) {
  const rows = await tx
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        ...[eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.messageId, messageId)],
        eq(webhookDeliveries.type, 'message.created'),
      ),
    )
    .orderBy(webhookDeliveries.messageId)
    .limit(limit)
  return rows.map(({ endpointId: by, status: state, deliveredAt, answer }): MessageTelling => {
    const reason =
      state === 'delivered' ? null : (answer?.error ?? (answer?.status ? `it answered ${answer.status}` : null))
    return { way: 'webhook', by, userId: null, state, at: deliveredAt?.toISOString() ?? null, reason }
  })
}
