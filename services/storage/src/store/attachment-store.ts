import { ParleyError, type SendKey } from '@parley/contracts'
import { sqlStateOf, type Tx } from '@parley/database'
import { and, asc, count, eq, inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { AttachmentRepository, NewAttachment, StoredAttachment, StoredVariant } from '../domain/ports/store.ts'
import { attachments, variants } from './tables.ts'

const inMs = (ms: number) => sql`now() + ${ms} * interval '1 millisecond'`
/** Milliseconds, by the database's clock. */
const claimAge = sql<number>`(extract(epoch from clock_timestamp() - ${attachments.claimedAt}) * 1000)::double precision`

export function attachmentStore(tx: Tx, tenantId: string): AttachmentRepository {
  const select = async (
    where: SQL | undefined,
    order: SQL[] = [asc(attachments.id)],
    more: { limit?: number; lock?: boolean } = {},
  ) => {
    const query = tx
      .select({ row: attachments, age: claimAge })
      .from(attachments)
      .where(and(eq(attachments.tenantId, tenantId), where))
      .orderBy(...order)
      .$dynamic()
    if (more.limit !== undefined) query.limit(more.limit)
    if (more.lock) query.for('update')
    return withVariants(tx, await query)
  }
  const ofKey = ({ conversationId, senderId, clientId }: SendKey) =>
    and(
      eq(attachments.conversationId, conversationId),
      eq(attachments.claimSender, senderId),
      eq(attachments.claimClient, clientId),
    )
  const update = async (ids: readonly string[], set: Record<string, SQL | string | null>) => {
    if (ids.length === 0) return
    await tx
      .update(attachments)
      .set(set)
      .where(inArray(attachments.id, [...ids]))
  }
  const none: StoredAttachment[] = []

  return {
    lock: async (ids) =>
      ids.length === 0 ? none : select(inArray(attachments.id, [...ids]), undefined, { lock: true }),
    lockDue: async (ids) =>
      ids.length === 0
        ? none
        : select(and(inArray(attachments.id, [...ids]), lte(attachments.dueAt, sql`now()`)), undefined, { lock: true }),
    byIds: async (ids) => (ids.length === 0 ? none : select(inArray(attachments.id, [...ids]))),
    byId: async (id) => (await select(eq(attachments.id, id)))[0],
    byUploadKey: async (uploaderId, uploadKey) =>
      (await select(and(eq(attachments.uploaderId, uploaderId), eq(attachments.uploadKey, uploadKey))))[0],
    ofKey: (key) => select(ofKey(key), [asc(attachments.place)]),
    ofMessage: (messageId) => select(eq(attachments.messageId, messageId)),
    ofUploader: (uploaderId, limit) => select(eq(attachments.uploaderId, uploaderId), undefined, { limit }),
    async countOfBytes(sha256s) {
      const [row] = await tx
        .select({ count: count() })
        .from(attachments)
        .where(and(eq(attachments.tenantId, tenantId), inArray(attachments.sha256, [...sha256s])))
      return row!.count
    },
    async insert({ claim, collectInMs, variants: parts, ...attachment }: NewAttachment) {
      const inserted = await tx
        .insert(attachments)
        .values({
          ...attachment,
          tenantId,
          dueAt: collectInMs === null ? null : (inMs(collectInMs) as unknown as Date),
          ...(claim && {
            claimSender: claim.key.senderId,
            claimClient: claim.key.clientId,
            place: claim.place,
            claimedAt: sql`now()` as unknown as Date,
          }),
        })
        .onConflictDoNothing()
        .returning({ id: attachments.id })
        .catch(refuseGone)
      if (inserted.length === 0) return false
      if (parts.length > 0)
        await tx.insert(variants).values(parts.map((part) => ({ ...part, tenantId, attachmentId: attachment.id })))
      return true
    },
    async claim(ids, { senderId, clientId }, collectInMs) {
      for (const [place, id] of ids.entries())
        await tx
          .update(attachments)
          .set({
            claimSender: senderId,
            claimClient: clientId,
            place,
            claimedAt: sql`now()`,
            dueAt: inMs(collectInMs),
          })
          .where(eq(attachments.id, id))
    },
    unclaim: (ids, collectInMs) =>
      update(ids, { claimSender: null, claimClient: null, place: null, claimedAt: null, dueAt: inMs(collectInMs) }),
    confirm: (ids, messageId) => update(ids, { messageId, dueAt: null }),
    collectIn: (id, ms) => update([id], { dueAt: inMs(ms) }),
    async remove(ids) {
      if (ids.length > 0) await tx.delete(attachments).where(inArray(attachments.id, [...ids]))
    },
  }
}

/** Who took longer than bytes are kept for them finds them collected: once more puts them again. */
function refuseGone(err: unknown): never {
  if (sqlStateOf(err) !== '23503') throw err
  throw new ParleyError('unavailable', 'The file took too long to be kept; try again', {
    retryAfterMs: 1_000,
    cause: err,
  })
}

type Row = typeof attachments.$inferSelect

async function withVariants(tx: Tx, rows: { row: Row; age: number | null }[]): Promise<StoredAttachment[]> {
  const images = rows.filter(({ row }) => row.kind === 'image').map(({ row }) => row.id)
  const parts =
    images.length === 0
      ? []
      : await tx
          .select()
          .from(variants)
          .where(sql`${variants.attachmentId} = any(${sql.param(images)}::uuid[])`)
          .orderBy(asc(variants.size))
  return rows.map(({ row, age }) =>
    toStored(
      row,
      age,
      parts
        .filter(({ attachmentId }) => attachmentId === row.id)
        .map(({ attachmentId: _attachment, tenantId: _tenant, ...variant }) => variant),
    ),
  )
}

/** The one place where a row becomes an attachment. */
function toStored(row: Row, age: number | null, parts: StoredVariant[]): StoredAttachment {
  const { tenantId: _tenant, claimSender, claimClient, place: _place, claimedAt, dueAt: _due, ...same } = row
  const { conversationId, createdAt } = row
  const claim =
    conversationId !== null && claimSender !== null && claimClient !== null && claimedAt !== null
      ? { key: { conversationId, senderId: claimSender, clientId: claimClient }, age: Number(age) }
      : null
  return { ...same, claim, createdAt: createdAt.toISOString(), variants: parts }
}
