import { type EventType, eventData } from '@parley/contracts'
import type { Change, LiveEmission } from '@parley/domain'
import { and, eq } from 'drizzle-orm'
import type { Database, Tx } from '../database.ts'
import { isLockTimeout } from '../database-errors.ts'
import { messages, users } from '../tables/tables.ts'
import { conversationStore } from './conversations.ts'
import { messageColumns, toMessage } from './messages.ts'
import { participantStore } from './participants.ts'

/** How long the direct way after the commit has before the relay takes an event over. */
export const RELAY_AFTER_MS = 5_000
const CLAIM_LIMIT = 20

export interface ClaimedEvents {
  eventId: number
  /** Each change with its payload as it is now; null for one whose rows are gone. */
  changes: (Change | null)[]
}

interface ClaimRow {
  event_id: string | number
  event_at: Date | string
  type: EventType | null
  tenant_ids: string[]
  conversation_ids: string[]
  seqs: (string | number)[]
  revs: (string | number)[]
  user_ids: string[] | null
}

export interface Outbox {
  acknowledge(eventIds: number[]): Promise<void>
  /** Takes over events that nobody has acknowledged in time, for ten seconds. */
  claim(olderThanMs?: number): Promise<ClaimedEvents[]>
  /** Counts a refusal of the event itself; true when it went aside. */
  refuse(eventId: number): Promise<boolean>
  /** Queues everything since a time again. Returns the number of entries. */
  replay(since: Date): Promise<number>
  maintain(): Promise<void>
}

export function createOutbox(database: Database): Outbox {
  return {
    async acknowledge(eventIds) {
      await database.call('SELECT acknowledge_events($1)', [eventIds])
    },
    async claim(olderThanMs = RELAY_AFTER_MS) {
      const rows = await database.call<ClaimRow>(
        `SELECT * FROM claim_events($1, $2::double precision * interval '1 millisecond', $3)`,
        [CLAIM_LIMIT, olderThanMs, Object.keys(eventData)],
      )
      return Promise.all(
        rows.map(async (row) => ({ eventId: Number(row.event_id), changes: await rebuild(database, row) })),
      )
    },
    async refuse(eventId) {
      const [row] = await database.call<{ refuse_event: boolean | null }>('SELECT refuse_event($1)', [eventId])
      return row?.refuse_event ?? false
    },
    async replay(since) {
      const [row] = await database.call<{ replay_events: string }>('SELECT replay_events($1)', [since.toISOString()])
      return Number(row!.replay_events)
    },
    async maintain() {
      await database.call('SELECT maintain_event_partitions()').catch((err) => {
        // days are made well ahead: when others hold the table now, the next time does as well
        if (!isLockTimeout(err)) throw err
      })
    },
  }
}

/** An entry older than the events' seven days has nothing to tell any more: it comes out empty. */
async function rebuild(database: Database, row: ClaimRow): Promise<(Change | null)[]> {
  if (row.type === null) return []
  const { type } = row
  const changes: (Change | null)[] = new Array(row.conversation_ids.length).fill(null)
  for (const tenantId of new Set(row.tenant_ids))
    await database.transaction({ tenantId, snapshot: true }, async (tx) => {
      for (const [i, conversationId] of row.conversation_ids.entries()) {
        if (row.tenant_ids[i] !== tenantId) continue
        const event = {
          type,
          tenantId,
          conversationId,
          seq: Number(row.seqs[i]),
          rev: Number(row.revs[i]),
          at: new Date(row.event_at).toISOString(),
        }
        const data = await payloadOf(tx, event, row.user_ids?.[i])
        if (data === null) continue
        const [now] = await conversationStore(tx, tenantId).heads([conversationId])
        const head = { seq: now!.seq, rev: now!.rev }
        changes[i] = { ...event, data, head, live: await invitationsOf(tx, event, row.user_ids?.[i]) }
      }
    })
  return changes
}

async function payloadOf(
  tx: Tx,
  event: Pick<Change, 'type' | 'tenantId' | 'conversationId' | 'seq' | 'at'>,
  userId: string | undefined,
): Promise<unknown> {
  const { type, tenantId, conversationId, seq, at } = event
  switch (type) {
    case 'message.created':
    case 'message.updated':
    case 'message.deleted': {
      const [row] = await tx
        .select(messageColumns(messages))
        .from(messages)
        .leftJoin(users, and(eq(users.tenantId, messages.tenantId), eq(users.id, messages.senderId)))
        .where(and(eq(messages.conversationId, conversationId), eq(messages.seq, seq)))
      return row ? toMessage(row) : null
    }
    case 'conversation.created':
    case 'conversation.updated':
      return conversationStore(tx, tenantId).loadShared(conversationId)
    case 'messages.read':
      return { userId, seq, at }
    case 'participant.joined':
    case 'participant.updated':
    case 'participant.left':
      return participantStore(tx, tenantId).profile(conversationId, userId!)
  }
}

/**
 * Gateways that know the conversation heal from its head alone. Those whose users have just come into it do not know it
 * yet, and are told again; whoever had heard it hears it twice, and it says the same.
 */
async function invitationsOf(
  tx: Tx,
  { type, tenantId, conversationId }: Pick<Change, 'type' | 'tenantId' | 'conversationId'>,
  userId: string | undefined,
): Promise<LiveEmission[]> {
  if (type !== 'conversation.created' && type !== 'participant.joined') return []
  const members = await participantStore(tx, tenantId).audience(conversationId)
  const present = members?.members.map((member) => member.userId) ?? []
  const userIds = userId === undefined ? present : present.filter((id) => id === userId)
  const data = await conversationStore(tx, tenantId).loadShared(conversationId)
  return [{ event: 'new_conversation', data, audience: { version: null, userIds }, span: 0, aboutSeq: 0 }]
}
