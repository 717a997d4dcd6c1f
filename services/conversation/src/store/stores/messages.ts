import type { Message } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, desc, eq, gt, inArray, isNotNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Messages, SentTo, WrittenMessage } from '../../domain/ports/messages.ts'
import type { MessageAnswer, MoreExtras } from '../answers.ts'
import { conversations, messageEdits, messages, reactions, users, visibleMessages } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'
import { type MessageRow, toMessage } from './to-message.ts'

type Columns = typeof messages | typeof visibleMessages

/**
 * For whom messages are read: for one of a conversation, for who sent it and may be out by now, for all who are in it, or for an
 * admin, from whom nothing is hidden.
 */
type Reader = 'viewer' | 'sender' | 'all' | 'admin'

const withExtra = (field: keyof MoreExtras, value: unknown) =>
  sql`coalesce(${messages.extras}, '{}') || jsonb_build_object(${field}::text, ${JSON.stringify(value)}::jsonb)`

const isHidden = (reader: Reader) =>
  reader === 'viewer'
    ? sql`is_hidden_from(${visibleMessages.replyTo}, ${visibleMessages.viewerId})`
    : reader === 'sender'
      ? sql`hides_from_sender(${messages.replyTo}, ${messages.senderId})`
      : reader === 'all'
        ? sql`is_hidden_from_some(${messages.replyTo})`
        : sql`false`

/** The same columns of the table and of the view. */
function messageColumns(from: Columns, reader: Reader) {
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
    reactions: sql<MessageAnswer['reactions']>`case when ${from.rev} > 0 then reactions_of(${from.id}) end`,
    extras: sql<MessageAnswer['extras']>`message_extras(
      case when ${from.replyTo} is not null then reply_preview(${from.replyTo}, ${isHidden(reader)}) end,
      ${from.mentions}, ${from.forwarded}, ${from.silent}, ${from.pinnedAt}, ${from.pinnedBy}, ${from.extras})`,
    name: users.name,
    avatarUrl: users.avatarUrl,
  }
}

function inOrder(ids: readonly string[], rows: readonly MessageRow[]): Message[] {
  const found = new Map(rows.map((row) => [row.id, toMessage(row)]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

/** Of a context, when each pair of its members has its own. */
const MAX_PLACES = 1_000

interface SentMessageRow {
  id: string
  senderId: string
  clientId: string
  bodyHash: string
}

function sentTo(to: SentTo): SQL | undefined {
  if ('conversationId' in to) return eq(conversations.id, to.conversationId)
  if ('directKey' in to) return eq(conversations.directKey, to.directKey)
  if ('contextKeys' in to) return inArray(conversations.contextKey, [...to.contextKeys])
  return or(
    ...to.contexts.map(({ type, id }) => and(eq(conversations.contextType, type), eq(conversations.contextId, id))),
  )
}

export function messageStore(tx: Tx, tenantId: string): Messages {
  const sender = (from: Columns) => and(eq(users.tenantId, from.tenantId), eq(users.id, from.senderId))
  const visible = () =>
    tx
      .select(messageColumns(visibleMessages, 'viewer'))
      .from(visibleMessages)
      .leftJoin(users, sender(visibleMessages))
      .$dynamic()
  const all = (reader: Reader = 'all') =>
    tx.select(messageColumns(messages, reader)).from(messages).leftJoin(users, sender(messages)).$dynamic()
  const present = async (id: string, reader: Reader = 'all') =>
    toMessage((await all(reader).where(eq(messages.id, id)))[0]!)

  const sentUnder = async (
    conversationIds: readonly string[],
    keys: readonly { senderId: string; clientId: string }[],
  ): Promise<SentMessageRow[]> => {
    const questions = conversationIds.flatMap((id) => keys.map((key) => ({ id, ...key })))
    if (questions.length === 0) return []
    const { rows } = (await tx.execute(
      sql`select id, sender_id as "senderId", client_id as "clientId", body_hash as "bodyHash" from messages_sent(${arrayOf(
        'uuid',
        questions.map(({ id }) => id),
      )}, ${arrayOf(
        'text',
        questions.map(({ senderId }) => senderId),
      )}, ${arrayOf(
        'text',
        questions.map(({ clientId }) => clientId),
      )})`,
    )) as unknown as { rows: SentMessageRow[] }
    return rows
  }

  const byIds = async (ids: readonly string[]): Promise<Message[]> => {
    if (ids.length === 0) return []
    const rows = await all().where(sql`${messages.id} = any (${arrayOf('uuid', ids)})`)
    return inOrder(ids, rows)
  }

  /** The conversation's revision that changed the message. */
  const stamp = async (id: string, rev: number, set: PgUpdateSetSource<typeof messages> = {}) => {
    await tx
      .update(messages)
      .set({ ...set, rev })
      .where(eq(messages.id, id))
    return present(id)
  }

  /** What it says goes into the history first; of one that is deleted, only that it said something. */
  const remember = (ids: readonly string[], revs: readonly number[], by: string, isKept: boolean) =>
    tx.execute(sql`
    insert into message_edits (message_id, rev, tenant_id, content, edited_by, edited_at)
    select m.id, e.rev, ${tenantId}, case when ${isKept} then m.content else '' end, ${by}, clock_timestamp()
    from ${rowsOf('e', { id: arrayOf('uuid', ids), rev: arrayOf('bigint', revs) })} join messages m on m.id = e.id`)

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
    async visibleTo(viewerId, ids) {
      if (ids.length === 0) return []
      const rows = await visible().where(
        and(sql`${visibleMessages.id} = any (${arrayOf('uuid', ids)})`, eq(visibleMessages.viewerId, viewerId)),
      )
      return inOrder(ids, rows)
    },
    async edit({ id, content, mentions, keepsCard }, rev, by) {
      await remember([id], [rev], by, true)
      return stamp(id, rev, {
        content,
        mentions: mentions.length > 0 ? mentions : null,
        editedAt: sql`clock_timestamp()`,
        ...(!keepsCard && { extras: sql`nullif(${messages.extras} - 'linkPreview', '{}')` }),
      })
    },
    setAttachments: (id, attachments, rev) => stamp(id, rev, { extras: withExtra('attachments', attachments) }),
    setLinkPreview: (id, preview, rev) => stamp(id, rev, { extras: withExtra('linkPreview', preview) }),
    async write(written) {
      if (written.length === 0) return []
      const column = (type: 'uuid' | 'text' | 'bigint' | 'boolean', of: (message: WrittenMessage) => unknown) =>
        arrayOf(type, written.map(of))
      const rows = rowsOf('w', {
        conversation_id: column('uuid', ({ conversationId }) => conversationId),
        seq: column('bigint', ({ seq }) => seq),
        id: column('uuid', ({ id }) => id),
        sender_id: column('text', ({ senderId }) => senderId),
        type: column('text', ({ type }) => type),
        content: column('text', ({ content }) => content),
        payload: column('text', ({ payload }) => payload && JSON.stringify(payload)),
        client_id: column('text', ({ clientId }) => clientId),
        body_hash: column('text', ({ bodyHash }) => bodyHash),
        created_at: column('text', ({ createdAt }) => createdAt),
        imported: column('boolean', ({ imported }) => imported),
        reply_to: column('uuid', ({ replyTo }) => replyTo ?? null),
        mentions: column('text', ({ mentions }) => (mentions?.length ? JSON.stringify(mentions) : null)),
      })
      await tx.execute(sql`
        insert into messages
          (tenant_id, conversation_id, seq, id, sender_id, type, content, payload, client_id, body_hash, created_at, imported,
           reply_to, mentions)
        select ${tenantId}, w.conversation_id, w.seq, w.id, w.sender_id, w.type, w.content, w.payload::jsonb, w.client_id, w.body_hash,
          coalesce(w.created_at::timestamptz, greatest(clock_timestamp(), c.last_message_at)), w.imported, w.reply_to,
          case when w.mentions is not null then array(select jsonb_array_elements_text(w.mentions::jsonb)) end
        from ${rows} join conversations c on c.id = w.conversation_id`)
      return byIds(written.map(({ id }) => id))
    },
    findByClientIds: (conversationId, keys) => sentUnder([conversationId], keys),
    async findSent(to, { bodyHash, ...key }) {
      const places = await tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(and(eq(conversations.tenantId, tenantId), sentTo(to)))
        .limit(MAX_PLACES)
      const sent = await sentUnder(
        places.map(({ id }) => id),
        [key],
      )
      const same = sent.find((one) => one.bodyHash === bodyHash)
      return same && present(same.id, 'sender')
    },
    setPin: (id, pinnedBy, rev) =>
      stamp(id, rev, { pinnedBy, pinnedAt: pinnedBy === null ? null : sql`clock_timestamp()` }),
    countPins: (conversationId) =>
      tx.$count(messages, and(eq(messages.conversationId, conversationId), isNotNull(messages.pinnedAt))),
    async pinned(viewerId, conversationId) {
      const rows = await visible()
        .where(
          and(
            eq(visibleMessages.viewerId, viewerId),
            eq(visibleMessages.conversationId, conversationId),
            isNotNull(visibleMessages.pinnedAt),
          ),
        )
        .orderBy(desc(visibleMessages.pinnedAt), desc(visibleMessages.seq))
      return rows.map(toMessage)
    },
    async versions(id, before, limit) {
      const rows = await tx
        .select({
          rev: messageEdits.rev,
          content: messageEdits.content,
          replacedAt: messageEdits.editedAt,
          userId: messageEdits.editedBy,
          name: users.name,
          avatarUrl: users.avatarUrl,
          // its last revision made a deleted one what it is
          deleted: sql<boolean>`${messages.deletedAt} is not null and ${messageEdits.rev} = ${messages.rev}`,
        })
        .from(messageEdits)
        .innerJoin(messages, eq(messages.id, messageEdits.messageId))
        .leftJoin(users, and(eq(users.tenantId, messageEdits.tenantId), eq(users.id, messageEdits.editedBy)))
        .where(and(eq(messageEdits.messageId, id), before === undefined ? undefined : lt(messageEdits.rev, before)))
        .orderBy(desc(messageEdits.rev))
        .limit(limit)
      return rows.map(({ rev, content, replacedAt, deleted, ...replacedBy }) => ({
        rev,
        content,
        replacedAt: replacedAt.toISOString(),
        replacedBy,
        deleted,
      }))
    },
    byIds,
    async at(places) {
      if (places.length === 0) return []
      const wanted = rowsOf('at', {
        conversation_id: arrayOf(
          'uuid',
          places.map(({ conversationId }) => conversationId),
        ),
        seq: arrayOf(
          'bigint',
          places.map(({ seq }) => seq),
        ),
      })
      const rows = await all().where(sql`(${messages.conversationId}, ${messages.seq}) in (select * from ${wanted})`)
      return rows.map(toMessage)
    },
    async inspect(conversationId, { before, after, limit }) {
      const rows = await all('admin')
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
    restate: ({ id, content, payload }, rev) => stamp(id, rev, { content, payload: { ...payload } }),
    async tombstones(graves, by) {
      const ids = graves.map(({ id }) => id)
      const revs = graves.map(({ rev }) => rev)
      await tx.delete(reactions).where(sql`${reactions.messageId} = any (${arrayOf('uuid', ids)})`)
      await remember(ids, revs, by, false)
      // the database empties what it said before, and what was attached: see migrations/*_deleted_words.sql and *_attachments.sql
      await tx.execute(sql`
        update messages m set content = '', payload = null, reply_to = null, mentions = null, pinned_at = null, pinned_by = null,
          deleted_at = clock_timestamp(), rev = g.rev
        from ${rowsOf('g', { id: arrayOf('uuid', ids), rev: arrayOf('bigint', revs) })} where m.id = g.id`)
      return byIds(ids)
    },
    async addReaction(messageId, { alone, ...reaction }, rev) {
      if (alone)
        await tx.delete(reactions).where(and(eq(reactions.messageId, messageId), eq(reactions.userId, reaction.userId)))
      await tx.insert(reactions).values({ messageId, tenantId, ...reaction })
      return stamp(messageId, rev)
    },
    async removeReaction(messageId, { userId, emoji }, rev) {
      await tx
        .delete(reactions)
        .where(and(eq(reactions.messageId, messageId), eq(reactions.emoji, emoji), eq(reactions.userId, userId)))
      return stamp(messageId, rev)
    },
  }
}
