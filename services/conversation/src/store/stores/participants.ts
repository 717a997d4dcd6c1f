import { MAX_INLINE_AUDIENCE, type Participant } from '@parley/contracts'
import type { Positional, Tx } from '@parley/database'
import { and, asc, eq, gt, gte, inArray, isNotNull, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Participants, Via } from '../../domain/ports/participants.ts'
import { type ParticipantAnswer, participantFields } from '../answers.ts'
import { conversations, participants, users } from '../tables/tables.ts'
import { isoTime } from './iso-time.ts'

/** A row by the query builder, or what a function answers. */
interface ParticipantRow extends Omit<ParticipantAnswer, 'joinedAt'> {
  joinedAt: Date | number
}

/** The one place where a row becomes a participant. */
function toParticipant(row: ParticipantRow): Participant {
  return {
    userId: row.userId,
    name: row.name,
    avatarUrl: row.avatarUrl,
    role: row.role,
    joinedAt: isoTime(row.joinedAt),
    lastReadSeq: row.lastReadSeq,
    lastDeliveredSeq: row.lastDeliveredSeq,
  }
}

export const participantOf = (answer: Positional<ParticipantAnswer>): Participant =>
  toParticipant(participantFields.decode(answer))

const participantColumns = {
  userId: participants.userId,
  name: users.name,
  avatarUrl: users.avatarUrl,
  role: participants.role,
  joinedAt: participants.joinedAt,
  lastReadSeq: participants.lastReadSeq,
  lastDeliveredSeq: participants.lastDeliveredSeq,
}

const participantProfile = and(eq(users.tenantId, participants.tenantId), eq(users.id, participants.userId))

export function participantStore(tx: Tx, tenantId: string): Participants {
  const one = (conversationId: string, userId: string) =>
    and(eq(participants.conversationId, conversationId), eq(participants.userId, userId))
  const active = (conversationId: string) =>
    and(eq(participants.conversationId, conversationId), isNull(participants.leftAt))
  const record = {
    userId: participants.userId,
    role: participants.role,
    via: participants.via,
    joinedAt: participants.joinedAt,
    leftAt: participants.leftAt,
    blockedAt: participants.blockedAt,
    visibleFromSeq: participants.visibleFromSeq,
  }
  const toRecord = ({
    leftAt,
    joinedAt,
    blockedAt,
    ...row
  }: {
    userId: string
    role: string
    via: Via
    joinedAt: Date
    leftAt: Date | null
    blockedAt: Date | null
    visibleFromSeq: number
  }) => ({
    ...row,
    joinedAt: joinedAt.toISOString(),
    active: leftAt === null,
    blocked: blockedAt !== null,
  })

  return {
    async find(conversationId, userId) {
      const [row] = await tx.select(record).from(participants).where(one(conversationId, userId))
      return row ? toRecord(row) : null
    },
    async profile(conversationId, userId) {
      const [row] = await tx
        .select(participantColumns)
        .from(participants)
        .leftJoin(users, participantProfile)
        .where(one(conversationId, userId))
      return toParticipant(row!)
    },
    async list(conversationId, after, limit) {
      const rows = await tx
        .select(participantColumns)
        .from(participants)
        .leftJoin(users, participantProfile)
        .where(and(active(conversationId), after === null ? undefined : gt(participants.userId, after)))
        .orderBy(asc(participants.userId))
        .limit(limit)
      return rows.map(toParticipant)
    },
    async join(people) {
      if (people.length === 0) return
      const joinedAt = sql`clock_timestamp()`
      await tx
        .insert(participants)
        .values(
          people.map(({ rev, ...joining }) => ({
            ...{ via: null, ...joining, tenantId, rev, joinedRev: rev, joinedAt },
            firstJoinedAt: joinedAt,
          })),
        )
        .onConflictDoUpdate({
          target: [participants.conversationId, participants.userId],
          set: {
            role: sql`excluded.role`,
            via: sql`excluded.via`,
            visibleFromSeq: sql`excluded.visible_from_seq`,
            lastReadSeq: sql`excluded.last_read_seq`,
            rev: sql`excluded.rev`,
            joinedRev: sql`excluded.joined_rev`,
            joinedAt,
            firstJoinedAt: sql`coalesce(${participants.firstJoinedAt}, ${participants.joinedAt})`,
            leftAt: null,
            unreadFrom: null,
          },
        })
    },
    async leave(conversationId, userId, rev) {
      await tx.update(participants).set({ leftAt: sql`clock_timestamp()`, rev }).where(one(conversationId, userId))
    },
    async setRole(conversationId, userId, role, rev) {
      await tx.update(participants).set({ role, rev }).where(one(conversationId, userId))
    },
    async eldestBesides(conversationId, userId) {
      const [row] = await tx
        .select(record)
        .from(participants)
        .where(and(active(conversationId), ne(participants.userId, userId)))
        .orderBy(
          sql`${participants.role} = 'observer'`,
          sql`${participants.via} is not distinct from 'admin'`,
          asc(participants.joinedAt),
          asc(participants.userId),
        )
        .limit(1)
      return row ? toRecord(row) : null
    },
    async everybody(conversationId) {
      const rows = await tx.select(record).from(participants).where(eq(participants.conversationId, conversationId))
      return rows.map(toRecord)
    },
    async setBlocked(conversationId, userIds) {
      const isBlocked = inArray(participants.userId, [...userIds])
      await tx
        .update(participants)
        .set({ blockedAt: sql`case when ${isBlocked} then clock_timestamp() end` })
        .where(and(eq(participants.conversationId, conversationId), or(isBlocked, isNotNull(participants.blockedAt))))
    },
    async moveReaders(conversationId, from, to) {
      await tx
        .update(participants)
        .set({ lastReadSeq: to })
        .where(and(eq(participants.conversationId, conversationId), gte(participants.lastReadSeq, from)))
    },
    async shareConversation(oneId, otherId) {
      const other = alias(participants, 'other')
      const rows = await tx
        .select({ id: participants.conversationId })
        .from(participants)
        .innerJoin(
          other,
          and(eq(other.conversationId, participants.conversationId), eq(other.userId, otherId), isNull(other.leftAt)),
        )
        .where(and(eq(participants.tenantId, tenantId), eq(participants.userId, oneId), isNull(participants.leftAt)))
        .limit(1)
      return rows.length > 0
    },
    async haveMet(oneId, otherId) {
      // two halves, each by the index that is for it
      const mine = (left: SQL) => sql`
        select conversation_id, coalesce(first_joined_at, joined_at) as since, coalesce(left_at, 'infinity') as until
        from participants where tenant_id = ${tenantId} and user_id = ${oneId} and left_at ${left}`
      const { rows } = (await tx.execute(sql`
        select 1 from (${mine(sql`is null`)} union all ${mine(sql`is not null`)}) mine
        join participants other on other.conversation_id = mine.conversation_id and other.user_id = ${otherId}
        where coalesce(other.first_joined_at, other.joined_at) < mine.until
          and mine.since < coalesce(other.left_at, 'infinity')
        limit 1`)) as unknown as { rows: unknown[] }
      return rows.length > 0
    },
    countOwners: (conversationId) =>
      tx.$count(participants, and(active(conversationId), eq(participants.role, 'owner'))),
    async audience(conversationId) {
      const [conversation] = await tx
        .select({ version: conversations.participantsVersion })
        .from(conversations)
        .where(eq(conversations.id, conversationId))
      if (!conversation) return null
      const members = await tx
        .select({
          userId: participants.userId,
          visibleFromSeq:
            sql<number>`greatest(${participants.visibleFromSeq}, ${participants.clearedBeforeSeq})`.mapWith(Number),
        })
        .from(participants)
        .where(active(conversationId))
      return { version: conversation.version, members }
    },
    async liveAudience(conversationId, version, count, aboutSeq) {
      if (count > MAX_INLINE_AUDIENCE) return { version, userIds: [] }
      const sees =
        aboutSeq === undefined
          ? undefined
          : sql`greatest(${participants.visibleFromSeq}, ${participants.clearedBeforeSeq}) < ${aboutSeq}`
      const rows = await tx
        .select({ userId: participants.userId })
        .from(participants)
        .where(and(active(conversationId), sees))
      return { version: null, userIds: rows.map((row) => row.userId) }
    },
    async changedAfter(conversationId, rev) {
      const rows = await tx
        .select({ ...participantColumns, leftAt: participants.leftAt, joinedRev: participants.joinedRev })
        .from(participants)
        .leftJoin(users, participantProfile)
        .where(and(eq(participants.conversationId, conversationId), gt(participants.rev, rev)))
        .orderBy(asc(participants.rev))
      return rows.map((row) => ({
        participant: toParticipant(row),
        joined: row.joinedRev > rev && row.leftAt === null,
        left: row.leftAt !== null,
      }))
    },
  }
}

/** Of several conversations at once, at most `limit` of each, those who joined first. */
export async function firstParticipants(
  tx: Tx,
  conversationIds: readonly string[],
  limit: number,
): Promise<Map<string, Participant[]>> {
  const byConversation = new Map<string, Participant[]>(conversationIds.map((id) => [id, []]))
  if (conversationIds.length === 0) return byConversation
  const ranked = tx.$with('ranked').as(
    tx
      .select({
        conversationId: participants.conversationId,
        tenantId: participants.tenantId,
        ...{
          userId: participants.userId,
          role: participants.role,
          joinedAt: participants.joinedAt,
          lastReadSeq: participants.lastReadSeq,
          lastDeliveredSeq: participants.lastDeliveredSeq,
        },
        rank: sql<number>`row_number() over (partition by ${participants.conversationId} order by ${participants.joinedAt}, ${participants.userId})`.as(
          'rank',
        ),
      })
      .from(participants)
      .where(and(inArray(participants.conversationId, [...conversationIds]), isNull(participants.leftAt))),
  )
  const rows = await tx
    .with(ranked)
    .select({
      conversationId: ranked.conversationId,
      userId: ranked.userId,
      role: ranked.role,
      joinedAt: ranked.joinedAt,
      lastReadSeq: ranked.lastReadSeq,
      lastDeliveredSeq: ranked.lastDeliveredSeq,
      name: users.name,
      avatarUrl: users.avatarUrl,
    })
    .from(ranked)
    .leftJoin(users, and(eq(users.tenantId, ranked.tenantId), eq(users.id, ranked.userId)))
    .where(sql`${ranked.rank} <= ${limit}`)
    .orderBy(asc(ranked.rank))
  for (const row of rows) byConversation.get(row.conversationId)!.push(toParticipant(row))
  return byConversation
}
