import { type Conversation, LISTED_PARTICIPANTS, type Message, type SharedConversation } from '@parley/contracts'
import { type Conversations, encodeSyncCursor } from '@parley/domain'
import { and, asc, desc, eq, gt, inArray, isNull, notInArray, sql } from 'drizzle-orm'
import type { Tx } from '../database.ts'
import { conversations, participants, tenants, users, visibleMessages } from '../tables/tables.ts'
import { messageColumns, toMessage } from './messages.ts'
import { firstParticipants } from './participants.ts'

type ConversationRow = typeof conversations.$inferSelect

/** The one place where a row becomes what everybody in a conversation may know of it. */
function toShared(row: ConversationRow, people: SharedConversation['participants']): SharedConversation {
  return {
    id: row.id,
    kind: row.kind,
    context: null,
    title: row.title,
    status: row.status,
    statusReason: row.statusReason,
    participants: people,
    participantCount: row.participantCount,
    lastSeq: row.lastSeq,
    rev: row.rev,
    metadata: row.metadata,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

const activityAt = sql<string>`to_char(coalesce(${conversations.lastMessageAt}, ${conversations.createdAt}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const activity = sql`coalesce(${conversations.lastMessageAt}, ${conversations.createdAt})`
const head = { conversationId: conversations.id, seq: conversations.lastSeq, rev: conversations.rev }

export function conversationStore(tx: Tx, tenantId: string): Conversations {
  const membership = (viewerId: string) =>
    and(
      eq(participants.conversationId, conversations.id),
      eq(participants.tenantId, tenantId),
      eq(participants.userId, viewerId),
      isNull(participants.leftAt),
    )
  const unread = (viewerId: string) => sql<number>`unread_count(${conversations.id}, ${viewerId})`

  return {
    async lock(id) {
      const [row] = await tx
        .select({
          id: conversations.id,
          tenantId: conversations.tenantId,
          kind: conversations.kind,
          status: conversations.status,
          ended: sql<boolean>`coalesce(${conversations.closesAt} <= clock_timestamp(), false)`,
          seq: conversations.lastSeq,
          rev: conversations.rev,
          participantsVersion: conversations.participantsVersion,
          participantCount: conversations.participantCount,
        })
        .from(conversations)
        .where(eq(conversations.id, id))
        .for('no key update')
      return row ?? null
    },
    async insert({ id, kind, directKey, title, metadata, createdBy }) {
      const inserted = await tx
        .insert(conversations)
        .values({ id, tenantId, kind, directKey, title, metadata: { ...metadata }, createdBy })
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
    async load(viewerId, ids) {
      if (ids.length === 0) return []
      const rows = await tx
        .select({
          conversation: conversations,
          participant: participants,
          epoch: tenants.epoch,
          unreadCount: unread(viewerId),
        })
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        .innerJoin(tenants, eq(tenants.id, conversations.tenantId))
        .where(inArray(conversations.id, [...ids]))
      const people = await firstParticipants(tx, ids, LISTED_PARTICIPANTS)
      const last = await lastMessages(tx, viewerId, ids)
      const byId = new Map<string, Conversation>()
      for (const { conversation, participant, epoch, unreadCount } of rows)
        byId.set(conversation.id, {
          ...toShared(conversation, people.get(conversation.id)!),
          lastMessage: last.get(conversation.id) ?? null,
          cursor: encodeSyncCursor({
            epoch,
            seq: conversation.lastSeq,
            rev: conversation.rev,
            privateCounter: participant.privateCounter,
          }),
          unreadCount,
          me: {
            lastReadSeq: participant.lastReadSeq,
            archivedAt: participant.archivedAt?.toISOString() ?? null,
            mutedUntil: participant.mutedUntil?.toISOString() ?? null,
            pinnedAt: participant.pinnedAt?.toISOString() ?? null,
          },
        })
      return ids.flatMap((id) => byId.get(id) ?? [])
    },
    async loadShared(id) {
      const [row] = await tx.select().from(conversations).where(eq(conversations.id, id))
      return toShared(row!, (await firstParticipants(tx, [id], LISTED_PARTICIPANTS)).get(id)!)
    },
    async list(viewerId, { kind, status, unread: onlyUnread, after, limit }) {
      return tx
        .select({ id: conversations.id, activityAt })
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        .where(
          and(
            kind && eq(conversations.kind, kind),
            status && eq(conversations.status, status),
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
    async totalUnreadCount(viewerId) {
      const [row] = await tx
        .select({ total: sql<number>`coalesce(sum(${unread(viewerId)}), 0)::integer` })
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        // what was read to its end needs no count
        .where(sql`${conversations.lastSeq} > ${participants.lastReadSeq} or ${participants.unreadFrom} is not null`)
      return row!.total
    },
    headsOf: (viewerId, limit) =>
      tx
        .select(head)
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        .orderBy(desc(activity))
        .limit(limit),
    heads: (ids) =>
      ids.length === 0
        ? Promise.resolve([])
        : tx
            .select(head)
            .from(conversations)
            .where(inArray(conversations.id, [...ids])),
    async compare(viewerId, points) {
      const [tenant] = await tx.select({ epoch: tenants.epoch }).from(tenants).where(eq(tenants.id, tenantId))
      const epoch = tenant?.epoch ?? 1
      if (points.length === 0) return { differing: [], gone: [], epoch }
      const rows = await tx
        .select({ ...head, privateCounter: participants.privateCounter })
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        .where(
          inArray(
            conversations.id,
            points.map((point) => point.conversationId),
          ),
        )
      const present = new Map(rows.map((row) => [row.conversationId, row]))
      const gone: string[] = []
      const differing: string[] = []
      for (const point of points) {
        const now = present.get(point.conversationId)
        if (!now) gone.push(point.conversationId)
        else if (
          point.epoch !== epoch ||
          point.seq !== now.seq ||
          point.rev !== now.rev ||
          point.privateCounter !== now.privateCounter
        )
          differing.push(point.conversationId)
      }
      return { differing, gone, epoch }
    },
    async changedSince(viewerId, since, except, limit) {
      const rows = await tx
        .select({ id: conversations.id })
        .from(conversations)
        .innerJoin(participants, membership(viewerId))
        .where(
          and(
            gt(conversations.updatedAt, new Date(since)),
            except.length > 0 ? notInArray(conversations.id, [...except]) : undefined,
          ),
        )
        .orderBy(asc(conversations.updatedAt))
        .limit(limit)
      return rows.map((row) => row.id)
    },
  }
}

/** The newest message that the viewer may see, of each. */
async function lastMessages(tx: Tx, viewerId: string, ids: readonly string[]): Promise<Map<string, Message>> {
  const newest = tx
    .select(messageColumns(visibleMessages))
    .from(visibleMessages)
    .leftJoin(users, and(eq(users.tenantId, visibleMessages.tenantId), eq(users.id, visibleMessages.senderId)))
    .where(and(eq(visibleMessages.conversationId, conversations.id), eq(visibleMessages.viewerId, viewerId)))
    .orderBy(desc(visibleMessages.seq))
    .limit(1)
    .as('newest')
  const rows = await tx
    .select({ ...newest._.selectedFields })
    .from(conversations)
    .innerJoinLateral(newest, sql`true`)
    .where(inArray(conversations.id, [...ids]))
  return new Map(rows.map((row) => [row.conversationId, toMessage(row)]))
}
