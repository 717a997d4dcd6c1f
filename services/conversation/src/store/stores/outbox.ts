import { type EventType, eventData } from '@parley/contracts'
import { type ClaimRow, createOutbox, type Database, type Outbox, type Tx } from '@parley/database'
import { and, eq } from 'drizzle-orm'
import type { Change, LiveEmission } from '../../domain/ports.ts'
import { messages, users } from '../tables/tables.ts'
import { conversationStore } from './conversations.ts'
import { messageColumns, toMessage } from './messages.ts'
import { participantStore } from './participants.ts'

interface EventRow extends ClaimRow {
  tenant_ids: string[]
  conversation_ids: string[]
  seqs: (string | number)[]
  revs: (string | number)[]
  user_ids: string[] | null
}

/** The outbox of conversations, whose events become changes again. */
export function conversationOutbox(database: Database): Outbox<Change> {
  return createOutbox<EventRow, Change>({
    database,
    types: Object.keys(eventData),
    rebuild: (row) => rebuild(database, row as EventRow & { type: EventType }),
  })
}

async function rebuild(database: Database, row: EventRow & { type: EventType }): Promise<(Change | null)[]> {
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
