import type { ScheduledMessage } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, count, eq, isNotNull, sql } from 'drizzle-orm'
import type { ScheduledMessages, ScheduledRecord, Scheduler } from '../../domain/ports/scheduled-messages.ts'
import { scheduledMessages } from '../tables/tables.ts'
import { arrayOf } from './arrays.ts'

type ScheduledRow = typeof scheduledMessages.$inferSelect

/** The one place where a row becomes a scheduled message. */
function toScheduled(row: ScheduledRow): ScheduledMessage {
  const { errorCode: code, errorMessage: message } = row
  return {
    id: row.id,
    status: row.status,
    sendAt: row.sendAt.toISOString(),
    message: row.message,
    conversationId: row.conversationId,
    messageId: row.messageId,
    error: code === null ? null : { code, message: message ?? '' },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

function toRecord(row: ScheduledRow): ScheduledRecord {
  const { userId, role, hostRole, message } = row
  return { scheduled: toScheduled(row), message, by: { userId, role, hostRole } }
}

/** On its way, which says nothing of what it is. */
const isTrying = (status: ScheduledMessage['status'] | undefined) => status === 'sending' || status === 'scheduled'

const byWhom = ({ userId, role, hostRole }: Scheduler) => ({ userId, role, hostRole })

export function scheduledMessageStore(tx: Tx, tenantId: string): ScheduledMessages {
  const { sendAt } = scheduledMessages
  const one = (id: string) => and(eq(scheduledMessages.tenantId, tenantId), eq(scheduledMessages.id, id))
  const waitingOf = (userId: string) =>
    and(
      eq(scheduledMessages.tenantId, tenantId),
      eq(scheduledMessages.userId, userId),
      isNotNull(scheduledMessages.message),
    )
  return {
    async insert({ id, by, message, sendAt: at }) {
      const [row] = await tx
        .insert(scheduledMessages)
        .values({
          ...{ tenantId, id, ...byWhom(by), message },
          ...{ conversationId: message.conversationId ?? null, sendAt: new Date(at) },
        })
        .returning()
      return toScheduled(row!)
    },
    async countWaiting(userId) {
      const [row] = await tx.select({ number: count() }).from(scheduledMessages).where(waitingOf(userId))
      return row!.number
    },
    async waitingAmong(ids) {
      if (ids.length === 0) return []
      const rows = await tx
        .select({ id: scheduledMessages.id })
        .from(scheduledMessages)
        .where(
          and(
            eq(scheduledMessages.tenantId, tenantId),
            sql`${scheduledMessages.id} = any (${arrayOf('uuid', ids)})`,
            isNotNull(scheduledMessages.message),
          ),
        )
      return rows.map(({ id }) => id)
    },
    async find(id) {
      const [row] = await tx.select().from(scheduledMessages).where(one(id))
      return row ? toRecord(row) : null
    },
    async lock(id) {
      const [row] = await tx.select().from(scheduledMessages).where(one(id)).for('update')
      return row ? toRecord(row) : null
    },
    async update(id, { by, sendAt: at, error, ...change }) {
      const [row] = await tx
        .update(scheduledMessages)
        .set({
          ...change,
          ...(by && byWhom(by)),
          ...(at !== undefined && { sendAt: new Date(at) }),
          ...(error !== undefined && { errorCode: error?.code ?? null, errorMessage: error?.message ?? null }),
          // when somebody said what is to be sent, or what became of it: not that it is being tried
          ...((by || !isTrying(change.status)) && { updatedAt: sql`now()` }),
        })
        .where(one(id))
        .returning()
      return toScheduled(row!)
    },
    async list(userId, { conversationId, after, limit }) {
      const rows = await tx
        .select()
        .from(scheduledMessages)
        .where(
          and(
            waitingOf(userId),
            conversationId === undefined ? undefined : eq(scheduledMessages.conversationId, conversationId),
            after && sql`(${sendAt}, ${scheduledMessages.id}) > (${after.at}::timestamptz, ${after.id}::uuid)`,
          ),
        )
        .orderBy(asc(sendAt), asc(scheduledMessages.id))
        .limit(limit)
      return rows.map(toScheduled)
    },
  }
}
