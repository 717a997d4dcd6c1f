import { type ConversationStatus, MAX_INLINE_AUDIENCE } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, eq, gt, gte, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { ParticipantRecord, Participants, PlaceOf, Via } from '../../domain/ports/participants.ts'
import { conversations, participants, users } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'
import { byConversation, participantColumns, participantProfile, toParticipant } from './participant-rows.ts'
import { keepsReceiptsOut, receiptsHiddenIn, shownIf } from './shown-receipts.ts'

const placeColumns = (places: readonly PlaceOf[]) => ({
  conversation_id: arrayOf(
    'uuid',
    places.map(({ conversationId }) => conversationId),
  ),
  user_id: arrayOf(
    'text',
    places.map(({ userId }) => userId),
  ),
})

const revs = (people: readonly { rev: number }[]) =>
  arrayOf(
    'bigint',
    people.map(({ rev }) => rev),
  )

const isAt = (places: readonly PlaceOf[]) =>
  sql`(${participants.conversationId}, ${participants.userId}) in (select * from ${rowsOf('at', placeColumns(places))})`

export function participantStore(tx: Tx, tenantId: string): Participants {
  const one = (conversationId: string, userId: string) =>
    and(eq(participants.conversationId, conversationId), eq(participants.userId, userId))
  const active = (conversationId: string) =>
    and(eq(participants.conversationId, conversationId), isNull(participants.leftAt))
  /** Whether a participant sees the message at that place. */
  const sees = (seq: SQL) =>
    sql`greatest(${participants.visibleFromSeq}, ${participants.clearedBeforeSeq}) < ${seq}
      and (not ${participants.hides} or not exists (select from hidden_messages h
        where h.conversation_id = ${participants.conversationId} and h.user_id = ${participants.userId} and h.seq = ${seq}))`
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
