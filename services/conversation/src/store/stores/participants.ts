import type { ConversationStatus } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { ParticipantRecord, Participants, PlaceOf, Via } from '../../domain/ports/participants.ts'
import { conversations, participants, users } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'
import { participantAudiences } from './participant-audiences.ts'
import { participantChanges } from './participant-changes.ts'
import {
  active,
  byConversation,
  participantColumns,
  participantProfile,
  placeColumns,
  toParticipant,
} from './participant-rows.ts'
import { keepsReceiptsOut, receiptsHiddenIn, shownIf } from './shown-receipts.ts'

const isAt = (places: readonly PlaceOf[]) =>
  sql`(${participants.conversationId}, ${participants.userId}) in (select * from ${rowsOf('at', placeColumns(places))})`

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

export function participantStore(tx: Tx, tenantId: string): Participants {
  const one = (conversationId: string, userId: string) =>
    and(eq(participants.conversationId, conversationId), eq(participants.userId, userId))

  return {
    ...participantChanges(tx, tenantId),
    ...participantAudiences(tx, tenantId),
    async find(conversationId, userId) {
      const [row] = await tx.select(record).from(participants).where(one(conversationId, userId))
      return row ? toRecord(row) : null
    },
    async findAll(places) {
      if (places.length === 0) return []
      const rows = await tx
        .select({ conversationId: participants.conversationId, ...record })
        .from(participants)
        .where(isAt(places))
      return rows.map(({ conversationId, ...row }) => ({ conversationId, ...toRecord(row) }))
    },
    async place(conversationId, userId) {
      const hasEnded = sql`coalesce(${conversations.closesAt} <= clock_timestamp(), false)`
      const [row] = await tx
        .select({
          role: participants.role,
          blockedAt: participants.blockedAt,
          status: sql<ConversationStatus>`case when ${hasEnded} then coalesce(${conversations.nextStatus}, 'closed') else ${conversations.status} end`,
          hasEnded: sql<boolean>`${hasEnded}`,
          closesAt: conversations.closesAt,
        })
        .from(participants)
        .innerJoin(conversations, eq(conversations.id, participants.conversationId))
        .where(and(active(conversationId), eq(participants.userId, userId)))
      if (!row) return null
      const { role, blockedAt, status, closesAt } = row
      const until = row.hasEnded ? null : (closesAt?.toISOString() ?? null)
      return { role, blocked: blockedAt !== null, status, until }
    },
    async profile(conversationId, userId) {
      const [profile] = await this.profiles([{ conversationId, userId }])
      return profile!
    },
    async profiles(places) {
      if (places.length === 0) return []
      const rows = await tx
        .select({ conversationId: participants.conversationId, ...participantColumns })
        .from(participants)
        .leftJoin(users, participantProfile)
        .where(isAt(places))
      const isHiddenIn = await receiptsHiddenIn(tx, tenantId, [...new Set(rows.map((row) => row.conversationId))])
      const found = new Map(
        rows.map(({ conversationId, ...row }) => [
          `${conversationId} ${row.userId}`,
          shownIf(!isHiddenIn(conversationId), toParticipant(row)),
        ]),
      )
      return places.map(({ conversationId, userId }) => found.get(`${conversationId} ${userId}`)!)
    },
    async list(viewerId, conversationId, after, limit) {
      const keepsOut = await keepsReceiptsOut(tx, tenantId, viewerId)
      const rows = await tx
        .select({ ...participantColumns, receiptsHidden: users.receiptsHidden })
        .from(participants)
        .leftJoin(users, participantProfile)
        .where(and(active(conversationId), after === null ? undefined : gt(participants.userId, after)))
        .orderBy(asc(participants.userId))
        .limit(limit)
      return rows.map(({ receiptsHidden, ...row }) =>
        shownIf(row.userId === viewerId || !(keepsOut || receiptsHidden), toParticipant(row)),
      )
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
    async everybody(conversationIds) {
      const people = byConversation<ParticipantRecord>(conversationIds)
      if (conversationIds.length === 0) return people
      const rows = await tx
        .select({ conversationId: participants.conversationId, ...record })
        .from(participants)
        .where(sql`${participants.conversationId} = any (${arrayOf('uuid', conversationIds)})`)
      for (const { conversationId, ...row } of rows) people.get(conversationId)!.push(toRecord(row))
      return people
    },
    async pairs(conversationIds) {
      if (conversationIds.length === 0) return []
      // no further than the third of those who talk, however many they are
      const { rows } = (await tx.execute(sql`
        select c.id as "conversationId", t.people[1] as one, t.people[2] as other
        from unnest(${arrayOf('uuid', conversationIds)}) c (id), lateral (
          select array_agg(x.user_id) as people from (
            select p.user_id from participants p
            where p.conversation_id = c.id and coalesce(p.left_at, 'infinity') = 'infinity' and p.via is distinct from 'admin' limit 3) x) t
        where cardinality(t.people) = 2`)) as unknown as {
        rows: { conversationId: string; one: string; other: string }[]
      }
      return rows
    },
    async present(conversationIds) {
      const people = byConversation<string>(conversationIds)
      if (conversationIds.length === 0) return people
      const rows = await tx
        .select({ conversationId: participants.conversationId, userId: participants.userId })
        .from(participants)
        .where(
          and(
            sql`${participants.conversationId} = any (${arrayOf('uuid', conversationIds)})`,
            isNull(participants.leftAt),
          ),
        )
      for (const { conversationId, userId } of rows) people.get(conversationId)!.push(userId)
      return people
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
  }
}
