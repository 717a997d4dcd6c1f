import { type Conversation, LISTED_PARTICIPANTS, type SharedConversation } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, desc, eq, gt, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import { encodeSyncCursor } from '../../domain/cursor.ts'
import type { ConversationRecord, ConversationState, Conversations } from '../../domain/ports/conversations.ts'
import { type ContextAnswer, type ConversationAnswer, contextFields } from '../answers.ts'
import { contexts, conversations, participants } from '../tables/tables.ts'
import { isoTime, isoTimeOrNull } from './iso-time.ts'
import { messageOf } from './messages.ts'
import { firstParticipants, participantOf } from './participants.ts'

/** Of a row by the query builder, or of what a function answers, what everybody in the conversation may know. */
interface SharedRow
  extends Pick<
    ConversationAnswer,
    | 'id'
    | 'kind'
    | 'title'
    | 'status'
    | 'statusReason'
    | 'participantCount'
    | 'lastSeq'
    | 'rev'
    | 'metadata'
    | 'pictureUrl'
    | 'blockable'
  > {
  createdAt: Date | number
  updatedAt: Date | number
  closesAt: Date | number | null
}

/** The one place where a row becomes what everybody in a conversation may know of it. */
function toShared(
  row: SharedRow,
  people: SharedConversation['participants'],
  context: ContextAnswer | null,
): SharedConversation {
  return {
    id: row.id,
    kind: row.kind,
    context: context && toConversationContext(context),
    title: row.title,
    pictureUrl: row.pictureUrl,
    status: row.status,
    statusReason: row.statusReason,
    closesAt: isoTimeOrNull(row.closesAt),
    blocking: row.kind === 'direct' || row.blockable,
    participants: people,
    participantCount: row.participantCount,
    lastSeq: row.lastSeq,
    rev: row.rev,
    metadata: row.metadata,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  }
}

function toConversationContext({ type, id, title, status, parentType, parentId }: ContextAnswer) {
  const parent = parentType !== null && parentId !== null ? { type: parentType, id: parentId } : null
  return { type, id, title, status, parent }
}

/** What a client holds that has everything of it up to `rev`. */
export function cursorOf({ epoch, lastSeq: seq, privateCounter }: ConversationAnswer, rev: number): string {
  return encodeSyncCursor({ epoch, seq, rev, privateCounter })
}

/** The one place where what a function answers becomes a conversation as its viewer sees it. */
export function toConversation(view: ConversationAnswer): Conversation {
  const context = view.context && contextFields.decode(view.context)
  return {
    ...toShared(view, view.participants.map(participantOf), context),
    lastMessage: view.lastMessage && messageOf(view.lastMessage),
    cursor: cursorOf(view, view.rev),
    unreadCount: view.unreadCount,
    me: {
      lastReadSeq: view.lastReadSeq,
      archivedAt: isoTimeOrNull(view.archivedAt),
      mutedUntil: isoTimeOrNull(view.mutedUntil),
      pinnedAt: isoTimeOrNull(view.pinnedAt),
    },
  }
}

const toStateColumns = ({ status, reason, next, held }: ConversationState) => ({
  status,
  statusReason: reason,
  closesAt: next && new Date(next.at),
  nextStatus: next?.status ?? null,
  nextReason: next?.reason ?? null,
  held,
})

const activityAt = sql<string>`to_char(coalesce(${conversations.lastMessageAt}, ${conversations.createdAt}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const activity = sql`coalesce(${conversations.lastMessageAt}, ${conversations.createdAt})`
const head = { conversationId: conversations.id, seq: conversations.lastSeq, rev: conversations.rev }

/** All of a tenant's, by the index that is for this alone. */
export const ofTenant = (tenantId: string) =>
  and(eq(conversations.tenantId, tenantId), sql`${conversations.createdAt} > '-infinity'`)

export function conversationStore(tx: Tx, tenantId: string): Conversations {
  const membership = (viewerId: string) =>
    and(
      eq(participants.conversationId, conversations.id),
      eq(participants.tenantId, tenantId),
      eq(participants.userId, viewerId),
      isNull(participants.leftAt),
    )
  const locked = (where: SQL | undefined) =>
    tx
      .select({
        id: conversations.id,
        tenantId: conversations.tenantId,
        kind: conversations.kind,
        title: conversations.title,
        status: conversations.status,
        statusReason: conversations.statusReason,
        closesAt: conversations.closesAt,
        hasEnded: sql<boolean>`coalesce(${conversations.closesAt} <= clock_timestamp(), false)`,
        nextStatus: conversations.nextStatus,
        nextReason: conversations.nextReason,
        held: conversations.held,
        blockable: sql<boolean>`${conversations.kind} = 'direct' or ${conversations.blockable}`,
        contextType: conversations.contextType,
        contextId: conversations.contextId,
        createdBy: conversations.createdBy,
        seq: conversations.lastSeq,
        rev: conversations.rev,
        participantsVersion: conversations.participantsVersion,
        participantCount: conversations.participantCount,
      })
      .from(conversations)
      .where(where)
      .orderBy(asc(conversations.id))
      .for('no key update')
  type LockedRow = Awaited<ReturnType<typeof locked>>[number]
  const toRecord = (row: LockedRow): ConversationRecord => {
    const { status, statusReason, closesAt, hasEnded, nextStatus, nextReason, contextType, contextId, ...record } = row
    const next =
      nextStatus && closesAt
        ? { status: nextStatus, reason: nextReason ?? nextStatus, at: closesAt.toISOString() }
        : null
    return {
      ...record,
      status: hasEnded ? (nextStatus ?? 'closed') : status,
      statusReason: hasEnded ? nextReason : statusReason,
      context: contextType !== null && contextId !== null ? { type: contextType, id: contextId } : null,
      due: hasEnded && next ? next : null,
      stored: { status, reason: statusReason, next },
    }
  }
  const contextOf = async ({
    contextType,
    contextId,
  }: typeof conversations.$inferSelect): Promise<ContextAnswer | null> => {
    if (contextType === null || contextId === null) return null
    const [row] = await tx
      .select()
      .from(contexts)
      .where(and(eq(contexts.tenantId, tenantId), eq(contexts.type, contextType), eq(contexts.id, contextId)))
    return row ?? null
  }
  const unread = (viewerId: string) => sql<number>`unread_count(${conversations.id}, ${viewerId})`

  return {
    async lock(id) {
      const [row] = await locked(eq(conversations.id, id))
      return row ? toRecord(row) : null
    },
    async lockOfContext({ type, id }, after, limit) {
      const rows = await locked(
        and(
          eq(conversations.tenantId, tenantId),
          eq(conversations.contextType, type),
          eq(conversations.contextId, id),
          after === null ? undefined : gt(conversations.id, after),
        ),
      ).limit(limit)
      return rows.map(toRecord)
    },
    async lockOfPair(oneId, otherId) {
      const rows = await locked(
        and(
          eq(conversations.tenantId, tenantId),
          or(eq(conversations.kind, 'direct'), conversations.blockable),
          sql`${conversations.id} in (
            select one.conversation_id from participants one join participants other using (conversation_id)
            where one.tenant_id = ${tenantId} and one.user_id = ${oneId} and other.user_id = ${otherId}
              and one.left_at is null and other.left_at is null
              and one.via is distinct from 'admin' and other.via is distinct from 'admin')`,
        ),
      )
      return rows.map(toRecord)
    },
    async lockOfUser(userId) {
      await tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(
          sql`${conversations.id} in (
            select conversation_id from participants
            where tenant_id = ${tenantId} and user_id = ${userId} and left_at is null)`,
        )
        .orderBy(asc(conversations.id))
        .for('no key update')
    },
    async insert({ id, kind, directKey, title, metadata, createdBy, context, blockable = false, state }) {
      const about = context && { contextType: context.type, contextId: context.id, contextKey: context.key }
      const inserted = await tx
        .insert(conversations)
        .values({
          ...{ id, tenantId, kind, directKey, title, metadata: { ...metadata }, createdBy, blockable },
          ...about,
          ...(state && toStateColumns(state)),
        })
        .onConflictDoNothing()
        .returning({ id: conversations.id })
      return inserted.length > 0
    },
    async findDirect(directKey) {
      const [row] = await tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(and(eq(conversations.tenantId, tenantId), eq(conversations.directKey, directKey)))
      return row?.id ?? null
    },
    async findOfContext(contextKey) {
      const [row] = await tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(and(eq(conversations.tenantId, tenantId), eq(conversations.contextKey, contextKey)))
      return row?.id ?? null
    },
    async setState(id, rev, state) {
      await tx
        .update(conversations)
        .set({ ...toStateColumns(state), changedRev: rev })
        .where(eq(conversations.id, id))
    },
    async setDetails(id, rev, { title, pictureUrl, metadata }) {
      await tx
        .update(conversations)
        .set({
          changedRev: rev,
          ...(title !== undefined && { title }),
          ...(pictureUrl !== undefined && { pictureUrl }),
          ...(metadata !== undefined && { metadata: { ...metadata } }),
        })
        .where(eq(conversations.id, id))
    },
    async touch(id, rev) {
      await tx.update(conversations).set({ changedRev: rev }).where(eq(conversations.id, id))
    },
    async hasChangedSince(id, rev) {
      const [row] = await tx
        .select({ changed: gt(conversations.changedRev, rev) })
        .from(conversations)
        .where(eq(conversations.id, id))
      return row?.changed === true
    },
    async advance(id, seq, at) {
      await tx
        .update(conversations)
        .set({
          lastSeq: seq,
          lastMessageAt:
            at === null ? sql`clock_timestamp()` : sql`greatest(${conversations.lastMessageAt}, ${at}::timestamptz)`,
          updatedAt: sql`greatest(${conversations.updatedAt}, clock_timestamp())`,
        })
        .where(eq(conversations.id, id))
    },
    async listAll({ kind, status, contextType, contextId, userId, after, limit }) {
      return tx
        .select({ id: conversations.id, activityAt })
        .from(conversations)
        .where(
          and(
            ofTenant(tenantId),
            kind && eq(conversations.kind, kind),
            status && eq(conversations.status, status),
            contextType === undefined ? undefined : eq(conversations.contextType, contextType),
            contextId === undefined ? undefined : eq(conversations.contextId, contextId),
            userId === undefined
              ? undefined
              : sql`exists (select 1 from participants p where p.conversation_id = ${conversations.id} and p.user_id = ${userId} and p.left_at is null)`,
            after && sql`(${activity}, ${conversations.id}) < (${after.at}::timestamptz, ${after.id}::uuid)`,
          ),
        )
        .orderBy(desc(activity), desc(conversations.id))
        .limit(limit)
    },
    async revise(id, people) {
      const [row] = await tx
        .update(conversations)
        .set({
          rev: sql`${conversations.rev} + 1`,
          updatedAt: sql`greatest(${conversations.updatedAt}, clock_timestamp())`,
          ...(people && {
            participantsVersion: sql`${conversations.participantsVersion} + 1`,
            participantCount: sql`${conversations.participantCount} + ${people.joined}`,
          }),
        })
        .where(eq(conversations.id, id))
        .returning({ rev: conversations.rev, participantsVersion: conversations.participantsVersion })
      return row!
    },
    async loadShared(id) {
      const [row] = await tx.select().from(conversations).where(eq(conversations.id, id))
      const people = (await firstParticipants(tx, [id], LISTED_PARTICIPANTS)).get(id)!
      return toShared(row!, people, await contextOf(row!))
    },
    async list(viewerId, { kind, status, unread: onlyUnread, contextType, contextId, after, limit }) {
      return tx
        .select({ id: conversations.id, activityAt })
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        .where(
          and(
            kind && eq(conversations.kind, kind),
            status && eq(conversations.status, status),
            contextType === undefined ? undefined : eq(conversations.contextType, contextType),
            contextId === undefined ? undefined : eq(conversations.contextId, contextId),
            onlyUnread === undefined ? undefined : sql`(${unread(viewerId)} > 0) = ${onlyUnread}`,
            after && sql`(${activity}, ${conversations.id}) < (${after.at}::timestamptz, ${after.id}::uuid)`,
          ),
        )
        .orderBy(desc(activity), desc(conversations.id))
        .limit(limit)
    },
    async unreadCount(viewerId, id) {
      const [row] = await tx
        .select({ unreadCount: unread(viewerId) })
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        .where(eq(conversations.id, id))
      return row?.unreadCount ?? null
    },
    heads: (ids) =>
      ids.length === 0
        ? Promise.resolve([])
        : tx
            .select(head)
            .from(conversations)
            .where(inArray(conversations.id, [...ids])),
  }
}
