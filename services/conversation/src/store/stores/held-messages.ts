import type { HeldMessage, HeldMessageCase } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, eq, gt, inArray, isNotNull, type SQL, sql } from 'drizzle-orm'
import type { HeldFilter, HeldKey, HeldMessages, HeldRecord } from '../../domain/ports/held-messages.ts'
import { heldMessages } from '../tables/tables.ts'
import { profilesOf } from './users.ts'

type HeldRow = typeof heldMessages.$inferSelect

/** The one place where a row becomes a held message. */
function toHeld(row: HeldRow): HeldMessage {
  const { id, status, conversationId, senderId, clientId, body, messageId, errorCode: code, errorMessage } = row
  return {
    ...{ id, status, conversationId, senderId, clientId, messageId },
    message: body && {
      ...{ type: body.type, content: body.content, attachments: body.attachments },
      payload: body.extras?.payload ?? null,
      replyTo: body.extras?.replyTo ?? null,
    },
    error: code === null ? null : { code, message: errorMessage ?? '' },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

const toRecord = (row: HeldRow): HeldRecord => ({ held: toHeld(row), bodyHash: row.bodyHash, body: row.body })

export function heldMessageStore(tx: Tx, tenantId: string): HeldMessages {
  const own = (...more: (SQL | undefined)[]) => and(eq(heldMessages.tenantId, tenantId), ...more)
  const one = (id: string) => own(eq(heldMessages.id, id))
  const under = ({ conversationId, senderId, clientId }: HeldKey) =>
    own(
      eq(heldMessages.conversationId, conversationId),
      eq(heldMessages.senderId, senderId),
      eq(heldMessages.clientId, clientId),
    )
  const page = (filter: HeldFilter, ...more: SQL[]) =>
    tx
      .select()
      .from(heldMessages)
      .where(
        own(
          filter.conversationId === undefined ? undefined : eq(heldMessages.conversationId, filter.conversationId),
          filter.after === undefined ? undefined : gt(heldMessages.id, filter.after),
          ...more,
        ),
      )
      .orderBy(asc(heldMessages.id))
      .limit(filter.limit)
  const casesOf = async (rows: HeldRow[]): Promise<HeldMessageCase[]> => {
    const profile = await profilesOf(
      tx,
      tenantId,
      rows.map(({ senderId }) => senderId),
    )
    return rows.map((row) => ({
      ...toHeld(row),
      sender: profile(row.senderId),
      why: row.why,
      decidedBy: row.decidedBy,
    }))
  }
  return {
    async hold({ id, conversationId, senderId, clientId, bodyHash, body, why }) {
      const [row] = await tx
        .insert(heldMessages)
        .values({ tenantId, id, conversationId, senderId, clientId, bodyHash, body, why })
        .onConflictDoNothing({
          target: [heldMessages.conversationId, heldMessages.senderId, heldMessages.clientId],
        })
        .returning()
      if (row) return { record: toRecord(row), created: true }
      const [before] = await tx.select().from(heldMessages).where(under({ conversationId, senderId, clientId }))
      return { record: toRecord(before!), created: false }
    },
    async findByKey(key) {
      const [row] = await tx.select().from(heldMessages).where(under(key))
      return row ? toRecord(row) : null
    },
    async find(id) {
      const [row] = await tx.select().from(heldMessages).where(one(id))
      return row ? toRecord(row) : null
    },
    async lock(id) {
      const [row] = await tx.select().from(heldMessages).where(one(id)).for('update')
      return row ? toRecord(row) : null
    },
    async update(id, { isSettled, error, ...change }) {
      const [row] = await tx
        .update(heldMessages)
        .set({
          ...change,
          ...(isSettled && { body: null }),
          ...(error && { errorCode: error.code, errorMessage: error.message }),
          updatedAt: sql`clock_timestamp()`,
        })
        .where(one(id))
        .returning()
      return toRecord(row!)
    },
    async waitingAmong(keys) {
      if (keys.length === 0) return []
      const rows = await tx
        .select({
          conversationId: heldMessages.conversationId,
          senderId: heldMessages.senderId,
          clientId: heldMessages.clientId,
        })
        .from(heldMessages)
        .where(
          own(
            inArray(heldMessages.conversationId, [...new Set(keys.map(({ conversationId }) => conversationId))]),
            inArray(heldMessages.senderId, [...new Set(keys.map(({ senderId }) => senderId))]),
            inArray(heldMessages.clientId, [...new Set(keys.map(({ clientId }) => clientId))]),
            isNotNull(heldMessages.body),
          ),
        )
      return rows
    },
    async listOwn(senderId, filter) {
      const rows = await page(filter, eq(heldMessages.senderId, senderId), isNotNull(heldMessages.body))
      return rows.map(toHeld)
    },
    list: async (filter) => casesOf(await page(filter, eq(heldMessages.status, 'held'))),
    async caseOf(id) {
      const [found] = await casesOf(await tx.select().from(heldMessages).where(one(id)))
      return found!
    },
  }
}
