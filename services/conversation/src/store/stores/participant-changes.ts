import type { Tx } from '@parley/database'
import { and, eq, gte, sql } from 'drizzle-orm'
import type { Participants, PlaceOf } from '../../domain/ports/participants.ts'
import { participants } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'
import { placeColumns } from './participant-rows.ts'

const revs = (people: readonly { rev: number }[]) =>
  arrayOf(
    'bigint',
    people.map(({ rev }) => rev),
  )

/** What becomes of people in conversations, and how far they have read where that is not a mark of theirs. */
export function participantChanges(
  tx: Tx,
  tenantId: string,
): Pick<Participants, 'join' | 'leave' | 'setRole' | 'setBlocked' | 'moveReaders' | 'hasSent' | 'markUnread'> {
  return {
    async join(people) {
      if (people.length === 0) return
      const joining = rowsOf('j', {
        ...placeColumns(people),
        role: arrayOf(
          'text',
          people.map(({ role }) => role),
        ),
        via: arrayOf(
          'text',
          people.map(({ via = null }) => via),
        ),
        visible_from_seq: arrayOf(
          'bigint',
          people.map(({ visibleFromSeq }) => visibleFromSeq),
        ),
        last_read_seq: arrayOf(
          'bigint',
          people.map(({ lastReadSeq }) => lastReadSeq),
        ),
        rev: revs(people),
      })
      await tx.execute(sql`
        insert into participants (tenant_id, conversation_id, user_id, role, via, visible_from_seq, last_read_seq, rev, joined_rev, joined_at,
          first_joined_at, listed_at)
        select ${tenantId}, j.conversation_id, j.user_id, j.role, j.via, j.visible_from_seq, j.last_read_seq, j.rev, j.rev, clock_timestamp(),
          clock_timestamp(), (select c.listed_at from conversations c where c.id = j.conversation_id)
        from ${joining}
        on conflict on constraint participants_pk do update set
          role = excluded.role, via = excluded.via, visible_from_seq = excluded.visible_from_seq,
          last_read_seq = excluded.last_read_seq, rev = excluded.rev, joined_rev = excluded.joined_rev,
          joined_at = clock_timestamp(), first_joined_at = coalesce(participants.first_joined_at, participants.joined_at), left_at = null, unread_from = null,
          listed_at = excluded.listed_at, cleared_at = null, cleared_seen = null`)
    },
    async leave(people) {
      if (people.length === 0) return
      await tx.execute(sql`
        update participants p set left_at = clock_timestamp(), rev = l.rev
        from ${rowsOf('l', { ...placeColumns(people), rev: revs(people) })}
        where p.conversation_id = l.conversation_id and p.user_id = l.user_id`)
    },
    async setRole(people) {
      if (people.length === 0) return
      const roles = arrayOf(
        'text',
        people.map(({ role }) => role),
      )
      await tx.execute(sql`
        update participants p set role = r.role, rev = r.rev
        from ${rowsOf('r', { ...placeColumns(people), role: roles, rev: revs(people) })}
        where p.conversation_id = r.conversation_id and p.user_id = r.user_id`)
    },
    async setBlocked(conversationIds, stopped) {
      if (conversationIds.length === 0) return []
      const isStopped = sql`exists (select 1 from ${rowsOf('s', placeColumns(stopped))}
        where s.conversation_id = p.conversation_id and s.user_id = p.user_id)`
      const { rows } = (await tx.execute(sql`
        update participants p set blocked_at = case when ${isStopped} then clock_timestamp() end,
          private_counter = p.private_counter + 1, private_at = clock_timestamp()
        where p.conversation_id = any (${arrayOf('uuid', conversationIds)}) and (p.blocked_at is not null) <> ${isStopped}
        returning p.conversation_id as "conversationId", p.user_id as "userId"`)) as unknown as { rows: PlaceOf[] }
      return rows
    },
    async moveReaders(conversationId, from, to) {
      await tx
        .update(participants)
        .set({ lastReadSeq: to })
        .where(and(eq(participants.conversationId, conversationId), gte(participants.lastReadSeq, from)))
    },
    async hasSent(conversationId, userId, seq) {
      await tx
        .update(participants)
        .set({ lastReadSeq: seq, unreadFrom: null })
        .where(and(eq(participants.conversationId, conversationId), eq(participants.userId, userId)))
    },
    async markUnread(conversationId, userId, seq) {
      // a message that the viewer may see; what was never read needs no mark
      const { rows } = (await tx.execute(sql`
        update participants p set private_counter = p.private_counter + 1, private_at = clock_timestamp(),
          unread_from = case when f.seq <= p.last_read_seq then f.seq end
        from (
          select case when ${seq ?? null}::bigint is null then (
            select m.seq from visible_messages m
            where m.conversation_id = ${conversationId} and m.viewer_id = ${userId}
              and m.sender_id <> ${userId} and m.type <> 'system' and m.deleted_at is null
            order by m.seq desc limit 1)
          else (
            select least(greatest(${seq ?? null}::bigint, visible_after(me) + 1), c.last_seq)
            from participants me join conversations c on c.id = me.conversation_id
            where me.conversation_id = ${conversationId} and me.user_id = ${userId}) end as seq) f
        where p.conversation_id = ${conversationId} and p.user_id = ${userId} and p.left_at is null and f.seq is not null
          and p.unread_from is distinct from case when f.seq <= p.last_read_seq then f.seq end
        returning 1`)) as unknown as { rows: unknown[] }
      return rows.length > 0
    },
  }
}
