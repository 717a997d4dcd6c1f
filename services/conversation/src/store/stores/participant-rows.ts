import type { Participant } from '@parley/contracts'
import type { Positional, Tx } from '@parley/database'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { PlaceOf } from '../../domain/ports/participants.ts'
import { type ParticipantAnswer, participantFields } from '../answers.ts'
import { participants, users } from '../tables/tables.ts'
import { arrayOf } from './arrays.ts'
import { isoTime } from './iso-time.ts'

/** A row by the query builder, or what a function answers. */
interface ParticipantRow extends Omit<ParticipantAnswer, 'joinedAt'> {
  joinedAt: Date | number
}

/** The one place where a row becomes a participant. */
export function toParticipant(row: ParticipantRow): Participant {
  return {
    userId: row.userId,
    name: row.name,
    avatarUrl: row.avatarUrl,
    role: row.role,
    staff: row.via === 'admin',
    joinedAt: isoTime(row.joinedAt),
    lastReadSeq: row.lastReadSeq,
    // who has read has received
    lastDeliveredSeq: Math.max(row.lastDeliveredSeq, row.lastReadSeq),
  }
}

export const participantOf = (answer: Positional<ParticipantAnswer>): Participant =>
  toParticipant(participantFields.decode(answer))

export const participantColumns = {
  userId: participants.userId,
  name: users.name,
  avatarUrl: users.avatarUrl,
  role: participants.role,
  via: participants.via,
  joinedAt: participants.joinedAt,
  lastReadSeq: participants.lastReadSeq,
  lastDeliveredSeq: participants.lastDeliveredSeq,
}

export const participantProfile = and(eq(users.tenantId, participants.tenantId), eq(users.id, participants.userId))

/** A list for each of these. */
export const byConversation = <T>(ids: readonly string[]) => new Map<string, T[]>(ids.map((id) => [id, []]))

/** Of several conversations at once, at most `limit` of each, those who joined first. */
export async function firstParticipants(
  tx: Tx,
  conversationIds: readonly string[],
  limit: number,
): Promise<Map<string, Participant[]>> {
  const people = byConversation<Participant>(conversationIds)
  if (conversationIds.length === 0) return people
  const ranked = tx.$with('ranked').as(
    tx
      .select({
        conversationId: participants.conversationId,
        tenantId: participants.tenantId,
        ...{
          userId: participants.userId,
          role: participants.role,
          via: participants.via,
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
      via: ranked.via,
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
  for (const row of rows) people.get(row.conversationId)!.push(toParticipant(row))
  return people
}

/** Those who are in a conversation. */
export const active = (conversationId: string) =>
  and(eq(participants.conversationId, conversationId), isNull(participants.leftAt))

/** Conversations and users as arrays of the same length, for `rowsOf`. */
export const placeColumns = (places: readonly PlaceOf[]) => ({
  conversation_id: arrayOf(
    'uuid',
    places.map(({ conversationId }) => conversationId),
  ),
  user_id: arrayOf(
    'text',
    places.map(({ userId }) => userId),
  ),
})
