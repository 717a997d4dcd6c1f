import { type Conversation, LISTED_PARTICIPANTS, type SharedConversation } from '@parley/contracts'
import { type Conversations, encodeSyncCursor } from '@parley/domain'
import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Tx } from '../database.ts'
import { conversations, participants } from '../tables/tables.ts'
import { type MessageFields, messageOf, timeOf } from './messages.ts'
import { firstParticipants, type ParticipantFields, participantOf } from './participants.ts'

type ConversationRow = Pick<
  typeof conversations.$inferSelect,
  | 'id'
  | 'kind'
  | 'title'
  | 'status'
  | 'statusReason'
  | 'participantCount'
  | 'lastSeq'
  | 'rev'
  | 'metadata'
  | 'createdAt'
  | 'updatedAt'
>

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

/** As conversation_view() answers it. */
export type ConversationView = [
  id: string,
  kind: ConversationRow['kind'],
  title: string | null,
  status: ConversationRow['status'],
  statusReason: string | null,
  participantCount: number,
  lastSeq: number,
  rev: number,
  metadata: Record<string, unknown>,
  createdAt: number,
  updatedAt: number,
  participants: ParticipantFields[],
  epoch: number,
  privateCounter: number,
  lastReadSeq: number,
  archivedAt: number | null,
  mutedUntil: number | null,
  pinnedAt: number | null,
  unreadCount: number,
  lastMessage: MessageFields | null,
]

/** What a client holds that has everything of it up to `rev`. */
export function cursorOf(view: ConversationView, rev: number): string {
  return encodeSyncCursor({ epoch: view[12], seq: view[6], rev, privateCounter: view[13] })
}

/** The one place where that becomes a conversation as its viewer sees it. */
export function conversationOf(view: ConversationView): Conversation {
  const [id, kind, title, status, statusReason, participantCount, seq, rev, metadata, created, updated, ...more] = view
  const [people, , , lastReadSeq, archivedAt, mutedUntil, pinnedAt, unreadCount, last] = more
  const row = { id, kind, title, status, statusReason, participantCount, lastSeq: seq, rev, metadata }
  return {
    ...toShared({ ...row, createdAt: new Date(created), updatedAt: new Date(updated) }, people.map(participantOf)),
    lastMessage: last && messageOf(last),
    cursor: cursorOf(view, rev),
    unreadCount,
    me: {
      lastReadSeq,
      archivedAt: timeOf(archivedAt)?.toISOString() ?? null,
      mutedUntil: timeOf(mutedUntil)?.toISOString() ?? null,
      pinnedAt: timeOf(pinnedAt)?.toISOString() ?? null,
    },
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
    heads: (ids) =>
      ids.length === 0
        ? Promise.resolve([])
        : tx
            .select(head)
            .from(conversations)
            .where(inArray(conversations.id, [...ids])),
  }
}
