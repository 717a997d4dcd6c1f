import type { OpenedDatabase } from '@parley/database/testing'
import type { Model, ModelConversation, ModelMessage, ModelOffer } from './model.ts'

/** What the tables hold of a tenant, read by plain SQL. */
export interface Tables {
  model: Model
  /** Microseconds: what lists and pins are ordered by. */
  times: {
    activity: Map<string, number>
    /** By conversation and user. */
    pinnedConversation: Map<string, number>
    draft: Map<string, number>
    /** By message. */
    pin: Map<string, number>
  }
}

export const placeKey = (conversationId: string, userId: string) => `${conversationId} ${userId}`

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::float8`

interface ConversationRow {
  id: string
  title: string | null
  activity: number
}
interface PersonRow {
  conversation_id: string
  user_id: string
  is_active: boolean
  visible_from: number
  read: number
  delivered: number
  unread_from: number | null
  is_archived: boolean
  muted_until: string | null
  pinned: number | null
  cleared_before: number
  is_cleared: boolean
  content: string | null
  reply_to: string | null
  drafted: number | null
  hidden: number[]
}
interface MessageRow {
  conversation_id: string
  id: string
  seq: number
  sender_id: string
  client_id: string
  content: string
  is_deleted: boolean
  is_edited: boolean
  pinned_by: string | null
  pinned: number | null
  reply_to: string | null
  reactions: { emoji: string; userId: string }[] | null
  type: string
  is_forwarded: boolean
  offer: ModelOffer | null
  decision: ModelMessage['decision']
}

export async function readTables({ asOwner }: Pick<OpenedDatabase, 'asOwner'>, tenantId: string): Promise<Tables> {
  const conversations = await asOwner<ConversationRow>(
    `select id, title, ${micros('coalesce(last_message_at, created_at)')} as activity
    from conversations where tenant_id = $1 order by id`,
    [tenantId],
  )
  const people = await asOwner<PersonRow>(
    `select p.conversation_id, p.user_id, p.left_at is null as is_active, p.visible_from_seq::int as visible_from,
      p.last_read_seq::int as read, greatest(p.last_delivered_seq, p.last_read_seq)::int as delivered, p.unread_from::int,
      p.archived_at is not null and (p.archived_seen is null or a.activity <= p.archived_seen) as is_archived,
      to_char(p.muted_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as muted_until, ${micros('p.pinned_at')} as pinned,
      p.cleared_before_seq::int as cleared_before, coalesce(a.activity <= p.cleared_seen, false) as is_cleared,
      d.content, d.reply_to, ${micros('d.updated_at')} as drafted,
      array(select h.seq::int from hidden_messages h
        where h.conversation_id = p.conversation_id and h.user_id = p.user_id order by h.seq) as hidden
    from participants p
    join (select c.id, coalesce(c.last_message_at, c.created_at) as activity from conversations c) a on a.id = p.conversation_id
    left join drafts d on d.conversation_id = p.conversation_id and d.user_id = p.user_id
    where p.tenant_id = $1 order by p.user_id`,
    [tenantId],
  )
  const messages = await asOwner<MessageRow>(
    `select m.conversation_id, m.id, m.seq::int, m.sender_id, m.client_id, m.content, m.deleted_at is not null as is_deleted,
      m.edited_at is not null as is_edited, m.pinned_by, ${micros('m.pinned_at')} as pinned, m.reply_to,
      (select json_agg(json_build_object('emoji', r.emoji, 'userId', r.user_id) order by r.created_at)
        from reactions r where r.message_id = m.id) as reactions, m.type, coalesce(m.forwarded, false) as is_forwarded,
      case when m.type = 'service_offer' and m.payload is not null then json_build_object(
        'title', m.payload -> 'title', 'amount', m.payload -> 'amount', 'currency', m.payload -> 'currency',
        'status', m.payload -> 'status', 'supersedes', m.payload -> 'supersedes', 'supersededBy', m.payload -> 'supersededBy') end as offer,
      (select json_build_object('action', t.action, 'by', t.by_user, 'supersededBy', t.superseded_by)
        from message_transitions t where t.message_id = m.id) as decision
    from messages m where m.tenant_id = $1 order by m.seq`,
    [tenantId],
  )
  const timesOf = <Row>(rows: Row[], key: (row: Row) => string, time: (row: Row) => number | null) =>
    new Map(rows.flatMap((row) => (time(row) === null ? [] : [[key(row), time(row)!] as const])))
  const ofPlace = (row: PersonRow) => placeKey(row.conversation_id, row.user_id)
  return {
    model: new Map(
      conversations.map(({ id, title }): [string, ModelConversation] => [
        id,
        {
          id,
          title,
          messages: messages
            .filter((row) => row.conversation_id === id)
            .map((row) => ({
              id: row.id,
              seq: row.seq,
              senderId: row.sender_id,
              key: row.client_id,
              content: row.content,
              isDeleted: row.is_deleted,
              isEdited: row.is_edited,
              pinnedBy: row.pinned_by,
              replyTo: row.reply_to,
              reactions: row.reactions ?? [],
              type: row.type,
              isForwarded: row.is_forwarded,
              offer: row.offer,
              decision: row.decision,
            })),
          people: new Map(
            people
              .filter((row) => row.conversation_id === id)
              .map((row) => [
                row.user_id,
                {
                  isActive: row.is_active,
                  visibleFrom: row.visible_from,
                  read: row.read,
                  delivered: row.delivered,
                  unreadFrom: row.unread_from,
                  isArchived: row.is_archived,
                  mutedUntil: row.muted_until,
                  isPinned: row.pinned !== null,
                  clearedBefore: row.cleared_before,
                  isCleared: row.is_cleared,
                  draft: row.content === null ? null : { content: row.content, replyTo: row.reply_to },
                  hidden: row.hidden,
                },
              ]),
          ),
        },
      ]),
    ),
    times: {
      activity: new Map(conversations.map(({ id, activity }) => [id, activity])),
      pinnedConversation: timesOf(people, ofPlace, ({ pinned }) => pinned),
      draft: timesOf(people, ofPlace, ({ drafted }) => drafted),
      pin: timesOf(
        messages,
        ({ id }) => id,
        ({ pinned }) => pinned,
      ),
    },
  }
}
