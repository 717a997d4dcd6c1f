import type { Draft } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { OwnStates } from '../../domain/ports/own-states.ts'
import type { PlaceOf } from '../../domain/ports/participants.ts'
import { drafts, participants } from '../tables/tables.ts'
import { isoTime } from './iso-time.ts'

/** The one place where a row becomes a draft. */
export function toDraft({
  content,
  replyTo,
  updatedAt,
}: {
  content: string
  replyTo: string | null
  updatedAt: Date | number
}): Draft {
  return { content, replyTo, updatedAt: isoTime(updatedAt) }
}

const activity = sql`coalesce(c.last_message_at, c.created_at)`
const archived = sql`is_archived(p, c)`

export function ownStateStore(tx: Tx, tenantId: string): OwnStates {
  /** One statement, which sees the conversation as it is committed: what is being written meanwhile comes after it. */
  const change = async ({ conversationId, userId }: PlaceOf, set: SQL, when: SQL): Promise<boolean> => {
    const { rows } = (await tx.execute(sql`
      update participants p set ${set}, private_counter = p.private_counter + 1, private_at = clock_timestamp()
      from conversations c
      where c.id = ${conversationId} and p.conversation_id = ${conversationId} and p.user_id = ${userId} and p.left_at is null
        and (${when}) returning 1`)) as unknown as { rows: unknown[] }
    return rows.length > 0
  }
  const ofPlace = ({ conversationId, userId }: PlaceOf) =>
    and(eq(drafts.conversationId, conversationId), eq(drafts.userId, userId))

  return {
    archive: (place, forGood) =>
      change(
        place,
        sql`archived_at = clock_timestamp(), archived_seen = ${forGood ? sql`null` : activity}, pinned_at = null`,
        sql`not ${archived}`,
      ),
    unarchive: (place) => change(place, sql`archived_at = null, archived_seen = null`, archived),
    mute: (place, until) =>
      change(
        place,
        sql`muted_until = ${until}::timestamptz`,
        sql`p.muted_until is distinct from ${until}::timestamptz`,
      ),
    pin: (place) =>
      change(
        place,
        sql`pinned_at = clock_timestamp(), archived_at = null, archived_seen = null`,
        sql`p.pinned_at is null`,
      ),
    unpin: (place) => change(place, sql`pinned_at = null`, sql`p.pinned_at is not null`),
    countPinned: ({ conversationId, userId }) =>
      tx.$count(
        participants,
        and(
          eq(participants.tenantId, tenantId),
          eq(participants.userId, userId),
          sql`${participants.pinnedAt} is not null`,
          isNull(participants.leftAt),
          sql`${participants.conversationId} <> ${conversationId}`,
        ),
      ),
    async clear(place) {
      await tx.delete(drafts).where(ofPlace(place))
      return change(
        place,
        sql`cleared_before_seq = greatest(p.cleared_before_seq, c.last_seq), cleared_at = clock_timestamp(), cleared_seen = ${activity},
          pinned_at = null, archived_at = null, archived_seen = null, drafted_at = null`,
        sql`not is_cleared(p, c) or p.cleared_before_seq < c.last_seq or p.drafted_at is not null or p.pinned_at is not null
          or p.archived_at is not null`,
      )
    },
    async putDraft(place, { content, replyTo }) {
      const { rows } = (await tx.execute(sql`
        insert into drafts (conversation_id, user_id, tenant_id, content, reply_to, updated_at)
        select p.conversation_id, p.user_id, p.tenant_id, ${content}, ${replyTo}::uuid, clock_timestamp()
        from participants p
        where p.conversation_id = ${place.conversationId} and p.user_id = ${place.userId} and p.left_at is null
        on conflict on constraint drafts_pk do update set
          content = excluded.content, reply_to = excluded.reply_to, updated_at = excluded.updated_at
        where (drafts.content, drafts.reply_to) is distinct from (excluded.content, excluded.reply_to)
        returning 1`)) as unknown as { rows: unknown[] }
      return rows.length > 0 && change(place, sql`drafted_at = clock_timestamp()`, sql`true`)
    },
    async deleteDraft(place) {
      await tx.delete(drafts).where(ofPlace(place))
      return change(place, sql`drafted_at = null`, sql`p.drafted_at is not null`)
    },
    async drafts(userId, before, limit) {
      const at = sql<string>`to_char(${drafts.updatedAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
      const rows = await tx
        .select({
          conversationId: drafts.conversationId,
          content: drafts.content,
          replyTo: drafts.replyTo,
          updatedAt: drafts.updatedAt,
          at,
        })
        .from(drafts)
        .innerJoin(
          participants,
          and(
            eq(participants.conversationId, drafts.conversationId),
            eq(participants.userId, drafts.userId),
            isNull(participants.leftAt),
          ),
        )
        .where(
          and(
            eq(drafts.tenantId, tenantId),
            eq(drafts.userId, userId),
            before &&
              sql`(${drafts.updatedAt}, ${drafts.conversationId}) < (${before.at}::timestamptz, ${before.id}::uuid)`,
          ),
        )
        .orderBy(desc(drafts.updatedAt), desc(drafts.conversationId))
        .limit(limit)
      return rows.map(({ conversationId, at: exact, ...draft }) => ({
        conversationId,
        at: exact,
        draft: toDraft(draft),
      }))
    },
  }
}
