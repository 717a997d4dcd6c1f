import { MAX_INLINE_AUDIENCE } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { Participants } from '../../domain/ports/participants.ts'
import { conversations, participants, users } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'
import { active, participantColumns, participantProfile, toParticipant } from './participant-rows.ts'
import { keepsReceiptsOut, receiptsHiddenIn, shownIf } from './shown-receipts.ts'

/** Whether a participant sees the message at that place. */
const sees = (seq: SQL) =>
  sql`greatest(${participants.visibleFromSeq}, ${participants.clearedBeforeSeq}) < ${seq}
    and (not ${participants.hides} or not exists (select from hidden_messages h
      where h.conversation_id = ${participants.conversationId} and h.user_id = ${participants.userId} and h.seq = ${seq}))`

/** Who hears what is said in a conversation, and what gateways have missed of that. */
export function participantAudiences(
  tx: Tx,
  tenantId: string,
): Pick<Participants, 'audience' | 'liveAudience' | 'liveAudiences' | 'changedAfter'> {
  return {
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
          receiptsHidden: users.receiptsHidden,
        })
        .from(participants)
        .leftJoin(users, participantProfile)
        .where(active(conversationId))
      return {
        version: conversation.version,
        members: members.map(({ receiptsHidden, ...member }) =>
          receiptsHidden ? { ...member, receiptsHidden } : member,
        ),
      }
    },
    async liveAudience(conversationId, version, count, aboutSeq) {
      if (count > MAX_INLINE_AUDIENCE) return { version, userIds: [] }
      const rows = await tx
        .select({ userId: participants.userId })
        .from(participants)
        .where(and(active(conversationId), aboutSeq === undefined ? undefined : sees(sql`${aboutSeq}`)))
      return { version: null, userIds: rows.map((row) => row.userId) }
    },
    async liveAudiences(conversationId, version, count, aboutSeqs) {
      if (count > MAX_INLINE_AUDIENCE) return () => ({ version, userIds: [] })
      const about = rowsOf('about', { seq: arrayOf('bigint', aboutSeqs) })
      const { rows } = (await tx.execute(sql`
        select about.seq, array_agg(${participants.userId}) as "userIds"
        from ${about} join ${participants} on ${and(active(conversationId), sees(sql`about.seq`))}
        group by about.seq`)) as unknown as { rows: { seq: string | number; userIds: string[] }[] }
      const found = new Map(rows.map((row) => [Number(row.seq), row.userIds]))
      return (seq) => ({ version: null, userIds: found.get(seq) ?? [] })
    },
    async changedAfter(conversationId, rev) {
      const isHiddenIn = await receiptsHiddenIn(tx, tenantId, [conversationId])
      const keepsOut = await keepsReceiptsOut(tx, tenantId, null)
      const rows = await tx
        .select({
          ...participantColumns,
          leftAt: participants.leftAt,
          joinedRev: participants.joinedRev,
          receiptsHidden: users.receiptsHidden,
        })
        .from(participants)
        .leftJoin(users, participantProfile)
        .where(and(eq(participants.conversationId, conversationId), gt(participants.rev, rev)))
        .orderBy(asc(participants.rev))
      return rows.map((row) => {
        const participant = toParticipant(row)
        const { lastReadSeq, lastDeliveredSeq } = participant
        return {
          participant: shownIf(!isHiddenIn(conversationId), participant),
          joined: row.joinedRev > rev && row.leftAt === null,
          left: row.leftAt !== null,
          lastReadSeq,
          lastDeliveredSeq,
          receiptsHidden: keepsOut || row.receiptsHidden === true,
        }
      })
    },
  }
}
