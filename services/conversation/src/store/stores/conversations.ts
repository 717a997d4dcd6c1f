import { LISTED_PARTICIPANTS } from '@parley/contracts'
import type { Positional, Tx } from '@parley/database'
import { and, asc, eq, getTableColumns, gt, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { ConversationRecord, ConversationState, Conversations, Move } from '../../domain/ports/conversations.ts'
import { type ContextAnswer, type TenantListAnswer, tenantList } from '../answers.ts'
import { contexts, conversations, participants } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'
import { conversationNames } from './conversation-names.ts'
import { HIGHEST_ID, LOWEST_ID } from './extreme-ids.ts'
import { sharedParticipants } from './shown-receipts.ts'
import { toShared } from './to-conversation.ts'

const toStateColumns = ({ status, reason, next, held }: ConversationState) => ({
  status,
  statusReason: reason,
  closesAt: next && new Date(next.at),
  nextStatus: next?.status ?? null,
  nextReason: next?.reason ?? null,
  held,
})

/** So many of a tenant's conversations are looked at for one page where few of them are wanted: some tens of milliseconds. */
const MOST_LOOKED_AT = 10_000
const head = { conversationId: conversations.id, seq: conversations.lastSeq, rev: conversations.rev }

/** All of a tenant's, to be counted, by the index that is for this alone. */
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
  type ConversationRow = typeof conversations.$inferSelect
  /** What the conversations are about, each context read once. Not its members, who may be many. */
  const contextsOf = async (rows: ConversationRow[]): Promise<(row: ConversationRow) => ContextAnswer | null> => {
    const about = rows.filter(({ contextId }) => contextId !== null)
    if (about.length === 0) return () => null
    const keyOf = (type: string | null, id: string | null) => JSON.stringify([type, id])
    const wanted = new Map(about.map((row) => [keyOf(row.contextType, row.contextId), row]))
    const named = rowsOf('n', {
      type: arrayOf(
        'text',
        [...wanted.values()].map(({ contextType }) => contextType),
      ),
      id: arrayOf(
        'text',
        [...wanted.values()].map(({ contextId }) => contextId),
      ),
    })
    const { members: _, metadata: __, untold: ___, ...columns } = getTableColumns(contexts)
    const found = await tx
      .select(columns)
      .from(contexts)
      .where(and(eq(contexts.tenantId, tenantId), sql`(${contexts.type}, ${contexts.id}) in (select * from ${named})`))
    const byKey = new Map(found.map((row) => [keyOf(row.type, row.id), row]))
    return ({ contextType, contextId }) => byKey.get(keyOf(contextType, contextId)) ?? null
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
    async lockAll(ids) {
      if (ids.length === 0) return []
      const rows = await locked(sql`${conversations.id} = any (${arrayOf('uuid', ids)})`)
      return rows.map(toRecord)
    },
    async ofPair(oneId, otherId) {
      const rows = await tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(
          and(
            eq(conversations.tenantId, tenantId),
            or(eq(conversations.kind, 'direct'), conversations.blockable),
            // the other is looked for in each by its key: the condition keeps the planner from reading all of theirs each time
            sql`${conversations.id} in (
              select one.conversation_id from participants one
              where one.tenant_id = ${tenantId} and one.user_id = ${oneId} and one.left_at is null
                and one.via is distinct from 'admin' and exists (
                  select 1 from participants other
                  where other.conversation_id = one.conversation_id and other.user_id = ${otherId}
                    and coalesce(other.left_at, 'infinity') = 'infinity' and other.via is distinct from 'admin'))`,
          ),
        )
        .orderBy(sql`${conversations.kind} <> 'direct'`, asc(conversations.id))
      return rows.map(({ id }) => id)
    },
    async ofUser(userId) {
      const rows = await tx
        .select({ id: participants.conversationId })
        .from(participants)
        .where(and(eq(participants.tenantId, tenantId), eq(participants.userId, userId), isNull(participants.leftAt)))
        .orderBy(asc(participants.conversationId))
      return rows.map(({ id }) => id)
    },
    async move(moves) {
      if (moves.length === 0) return
      const column = (type: 'uuid' | 'bigint' | 'integer' | 'text', of: (move: Move) => unknown) =>
        arrayOf(type, moves.map(of))
      const moved = rowsOf('m', {
        id: column('uuid', ({ id }) => id),
        seq: column('bigint', ({ seq }) => seq),
        rev: column('bigint', ({ rev }) => rev),
        version: column('bigint', ({ participantsVersion }) => participantsVersion),
        count: column('integer', ({ participantCount }) => participantCount),
        changed: column('bigint', ({ changedRev }) => changedRev),
        context: column('bigint', ({ contextRev }) => contextRev),
        context_by: column('text', ({ contextBy }) => contextBy),
      })
      await tx.execute(sql`
        update conversations c set last_seq = m.seq, rev = m.rev, participants_version = m.version, participant_count = m.count,
          changed_rev = coalesce(m.changed, c.changed_rev), context_rev = coalesce(m.context, c.context_rev),
          context_by = case when m.context is null then c.context_by else m.context_by end, updated_at = greatest(c.updated_at, clock_timestamp())
        from ${moved} where c.id = m.id`)
    },
    async insert({ id, kind, directKey, title, metadata, createdBy, context, blockable = false, state }) {
      const about = context && { contextType: context.type, contextId: context.id, contextKey: context.key }
      const inserted = await tx
        .insert(conversations)
        .values({
          ...{ id, tenantId, kind, directKey, title, metadata: { ...metadata }, createdBy, blockable },
          // as its activity, which is yet that it was made
          listedAt: sql`now()`,
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
    async setState(ids, state) {
      await tx
        .update(conversations)
        .set(toStateColumns(state))
        .where(sql`${conversations.id} = any (${arrayOf('uuid', ids)})`)
    },
    async setDetails(id, { title, pictureUrl, metadata }) {
      await tx
        .update(conversations)
        .set({
          ...(title !== undefined && { title }),
          ...(pictureUrl !== undefined && { pictureUrl }),
          ...(metadata !== undefined && { metadata: { ...metadata } }),
        })
        .where(eq(conversations.id, id))
    },
    async hasChangedSince(id, rev) {
      const [row] = await tx
        .select({ changed: gt(conversations.changedRev, rev) })
        .from(conversations)
        .where(eq(conversations.id, id))
      return row?.changed === true
    },
    async advance(newest) {
      if (newest.length === 0) return
      const advanced = rowsOf('a', {
        id: arrayOf(
          'uuid',
          newest.map(({ id }) => id),
        ),
        seq: arrayOf(
          'bigint',
          newest.map(({ seq }) => seq),
        ),
        at: arrayOf(
          'text',
          newest.map(({ at }) => at),
        ),
      })
      await tx.execute(sql`
        update conversations c set last_seq = a.seq, last_message_at = greatest(c.last_message_at, a.at::timestamptz), -- greatest() passes over null
         
          updated_at = greatest(c.updated_at, clock_timestamp())
        from ${advanced} where c.id = a.id`)
    },
    async listAll({ kind, status, contextType, contextId, userId, after, limit }) {
      const { at, id } = after ?? { at: 'infinity', id: HIGHEST_ID }
      const { rows } = (await tx.execute(sql`
        select conversations_of_tenant(${tenantId}, ${kind ?? null}, ${status ?? null}, ${contextType ?? null}, ${contextId ?? null},
          ${userId ?? null}, ${at}, ${id}, ${limit}, ${MOST_LOOKED_AT}) as answer`)) as unknown as {
        rows: { answer: Positional<TenantListAnswer> }[]
      }
      const { ids, places, stoppedAt } = tenantList.decode(rows[0]!.answer)
      const page = ids.slice(0, limit)
      if (ids.length > limit) return { ids: page, next: { at: places[limit - 1]!, id: page.at(-1)! } }
      return { ids: page, next: stoppedAt === null ? null : { at: stoppedAt, id: LOWEST_ID } }
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
    names: (ids) => conversationNames(tx, ids),
    async loadShared(ids) {
      if (ids.length === 0) return new Map()
      const isBlocking = sql<boolean>`${conversations.kind} = 'direct' or (${conversations.blockable} and is_of_two(${conversations.id}))`
      const rows = await tx
        .select({ ...getTableColumns(conversations), blocking: isBlocking.as('blocking') })
        .from(conversations)
        .where(sql`${conversations.id} = any (${arrayOf('uuid', ids)})`)
      const people = await sharedParticipants(tx, tenantId, ids, LISTED_PARTICIPANTS)
      const contextOf = await contextsOf(rows)
      return new Map(
        rows.map((row) => [
          row.id,
          toShared({ ...row, activityAt: row.lastMessageAt ?? row.createdAt }, people.get(row.id)!, contextOf(row)),
        ]),
      )
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
