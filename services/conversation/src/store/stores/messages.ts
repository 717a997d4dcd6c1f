import type { Message } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, desc, eq, gt, inArray, lt, lte, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Messages } from '../../domain/ports/messages.ts'
import { conversations, messageEdits, messages, users, visibleMessages } from '../tables/tables.ts'

export type MessageRow = Pick<
  typeof messages.$inferSelect,
  | 'id'
  | 'conversationId'
  | 'seq'
  | 'rev'
  | 'senderId'
  | 'type'
  | 'content'
  | 'payload'
  | 'editedAt'
  | 'deletedAt'
  | 'createdAt'
  | 'imported'
> & { name: string | null; avatarUrl: string | null }

/** The one place where a row becomes a message. */
export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    conversationId: row.conversationId,
    seq: row.seq,
    rev: row.rev,
    senderId: row.senderId,
    sender: { userId: row.senderId, name: row.name, avatarUrl: row.avatarUrl },
    type: row.type,
    content: row.content,
    payload: row.payload,
    attachments: [],
    mentions: [],
    replyTo: null,
    reactions: [],
    editedAt: row.editedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    ...(row.imported && { imported: true }),
  }
}

/** As the functions of 0003_reads.sql answer a row; times in milliseconds. */
export type MessageFields = [
  id: string,
  conversationId: string,
  seq: number,
  rev: number,
  senderId: string,
  type: string,
  content: string,
  payload: MessageRow['payload'],
  editedAt: number | null,
  deletedAt: number | null,
  createdAt: number,
  name: string | null,
  avatarUrl: string | null,
  imported: boolean,
]

export function messageOf(fields: MessageFields): Message {
  const [id, conversationId, seq, rev, senderId, type, content, payload, edited, deleted, created, ...more] = fields
  const [name, avatarUrl, imported] = more
  return toMessage({
    id,
    conversationId,
    seq,
    rev,
    senderId,
    type,
    content,
    payload,
    editedAt: timeOf(edited),
    deletedAt: timeOf(deleted),
    createdAt: new Date(created),
    name,
    avatarUrl,
    imported,
  })
}

export const timeOf = (ms: number | null) => (ms === null ? null : new Date(ms))

/** The same columns of the table and of the view. */
export function messageColumns(from: typeof messages | typeof visibleMessages) {
  return {
    id: from.id,
    conversationId: from.conversationId,
    seq: from.seq,
    rev: from.rev,
    senderId: from.senderId,
    type: from.type,
    content: from.content,
    payload: from.payload,
    editedAt: from.editedAt,
    deletedAt: from.deletedAt,
    createdAt: from.createdAt,
    imported: from.imported,
    name: users.name,
    avatarUrl: users.avatarUrl,
  }
}

export function messageStore(tx: Tx, tenantId: string): Messages {
  const sender = (from: typeof messages | typeof visibleMessages) =>
    and(eq(users.tenantId, from.tenantId), eq(users.id, from.senderId))
  const visible = () =>
    tx.select(messageColumns(visibleMessages)).from(visibleMessages).leftJoin(users, sender(visibleMessages)).$dynamic()
  const all = () => tx.select(messageColumns(messages)).from(messages).leftJoin(users, sender(messages)).$dynamic()
  const present = async (id: string) => toMessage((await all().where(eq(messages.id, id)))[0]!)

  /** The previous text goes into the history first. */
  const replace = async (id: string, rev: number, by: string, set: PgUpdateSetSource<typeof messages>) => {
    await tx.insert(messageEdits).select(
      tx
        .select({
          messageId: messages.id,
          rev: sql<number>`${rev}::bigint`.as('rev'),
          tenantId: sql<string>`${tenantId}`.as('tenant_id'),
          content: messages.content,
          editedBy: sql<string>`${by}`.as('edited_by'),
          editedAt: sql<Date>`clock_timestamp()`.as('edited_at'),
        })
        .from(messages)
        .where(eq(messages.id, id)),
    )
    await tx
      .update(messages)
      .set({ ...set, rev })
      .where(eq(messages.id, id))
    return present(id)
  }

  return {
    async findVisible(viewerId, id) {
      const [row] = await visible().where(and(eq(visibleMessages.id, id), eq(visibleMessages.viewerId, viewerId)))
      return row ? toMessage(row) : null
    },
    async range(conversationId, afterSeq, limit) {
      const rows = await all()
        .where(and(eq(messages.conversationId, conversationId), gt(messages.seq, afterSeq)))
        .orderBy(asc(messages.seq))
        .limit(limit)
      return rows.map(toMessage)
    },
    async changedRange(conversationId, afterRev, upToSeq, limit) {
      const rows = await all()
        .where(and(eq(messages.conversationId, conversationId), gt(messages.rev, afterRev), lte(messages.seq, upToSeq)))
        .orderBy(asc(messages.rev))
        .limit(limit)
      return rows.map(toMessage)
    },
    edit: (id, content, rev, by) => replace(id, rev, by, { content, editedAt: sql`clock_timestamp()` }),
    async write({ id, conversationId, createdAt, imported, payload, ...message }) {
      const values = { ...message, id, conversationId, tenantId, imported, payload: payload && { ...payload } }
      const time = createdAt
        ? new Date(createdAt)
        : sql<Date>`(select greatest(clock_timestamp(), ${conversations.lastMessageAt}) from ${conversations} where ${conversations.id} = ${conversationId})`
      await tx.insert(messages).values({ ...values, createdAt: time as Date })
      return present(id)
    },
    async findByClientIds(conversationId, keys) {
      if (keys.length === 0) return []
      const wanted = sql.join(
        keys.map(({ senderId, clientId }) => sql`(${senderId}, ${clientId})`),
        sql`, `,
      )
      return tx
        .select({
          senderId: messages.senderId,
          clientId: messages.clientId,
          bodyHash: messages.bodyHash,
          id: messages.id,
        })
        .from(messages)
        .where(
          // as the unique index has it
          and(
            sql`uuid_send(${messages.conversationId}) = uuid_send(${conversationId}::uuid)`,
            sql`(${messages.senderId}, ${messages.clientId}) in (${wanted})`,
          ),
        )
    },
    async byIds(ids) {
      if (ids.length === 0) return []
      return (await all().where(inArray(messages.id, [...ids]))).map(toMessage)
    },
    async inspect(conversationId, { before, after, limit }) {
      const rows = await all()
        .where(
          and(
            eq(messages.conversationId, conversationId),
            before === undefined ? undefined : lt(messages.seq, before),
            after === undefined ? undefined : gt(messages.seq, after),
          ),
        )
        .orderBy(after === undefined ? desc(messages.seq) : asc(messages.seq))
        .limit(limit)
      const found = rows.map(toMessage)
      return after === undefined ? found.reverse() : found
    },
    tombstone: (id, rev, by) => replace(id, rev, by, { content: '', payload: null, deletedAt: sql`clock_timestamp()` }),
  }
}
