import { type Change, type EventType, eventData } from '@parley/contracts'
import { type ClaimRow, createOutbox, type Database, type Outbox, type Tx } from '@parley/database'
import { and, eq } from 'drizzle-orm'
import type { CommittedChange } from '../../domain/changes/committed-change.ts'
import { isArrival, type Recorded, relayedChange } from '../../domain/changes/relayed-change.ts'
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
export function conversationOutbox(database: Database): Outbox<CommittedChange> {
  return createOutbox<EventRow, CommittedChange>({
    database,
    types: Object.keys(eventData),
    rebuild: (row) => rebuild(database, row as EventRow & { type: EventType }),
  })
}

async function rebuild(database: Database, row: EventRow & { type: EventType }): Promise<(CommittedChange | null)[]> {
  const changes: (CommittedChange | null)[] = new Array(row.conversation_ids.length).fill(null)
  for (const tenantId of new Set(row.tenant_ids))
    await database.transaction({ tenantId, snapshot: true }, async (tx) => {
      for (const [i, conversationId] of row.conversation_ids.entries()) {
        if (row.tenant_ids[i] !== tenantId) continue
        const recorded = {
          tenantId,
          conversationId,
          seq: Number(row.seqs[i]),
          rev: Number(row.revs[i]),
          at: new Date(row.event_at).toISOString(),
        }
        const change = await changeOf(tx, row.type, recorded, row.user_ids?.[i])
        if (change === null) continue
        const [now] = await conversationStore(tx, tenantId).heads([conversationId])
        const head = { seq: now!.seq, rev: now!.rev }
        const present = isArrival(change) ? await presentIn(tx, recorded) : []
        changes[i] = relayedChange(recorded, change, head, present)
      }
    })
  return changes
}

/** What happened, as its rows are now; null when they are gone. */
async function changeOf(
  tx: Tx,
  type: EventType,
  { tenantId, conversationId, seq, at }: Recorded,
  userId: string | undefined,
): Promise<Change | null> {
  switch (type) {
    case 'message.created':
    case 'message.updated':
    case 'message.deleted': {
      const [row] = await tx
        .select(messageColumns(messages))
        .from(messages)
        .leftJoin(users, and(eq(users.tenantId, messages.tenantId), eq(users.id, messages.senderId)))
        .where(and(eq(messages.conversationId, conversationId), eq(messages.seq, seq)))
      return row ? { type, message: toMessage(row) } : null
    }
    case 'messages.read':
      return { type, userId: userId!, seq, at }
    case 'conversation.created':
    case 'conversation.updated':
      return { type, conversation: await conversationStore(tx, tenantId).loadShared(conversationId) }
    case 'participant.joined':
    case 'participant.updated':
      return {
        type,
        participant: await participantStore(tx, tenantId).profile(conversationId, userId!),
        conversation: await conversationStore(tx, tenantId).loadShared(conversationId),
      }
    case 'participant.left':
      return { type, participant: await participantStore(tx, tenantId).profile(conversationId, userId!) }
  }
}

async function presentIn(tx: Tx, { tenantId, conversationId }: Recorded): Promise<string[]> {
  const audience = await participantStore(tx, tenantId).audience(conversationId)
  return audience?.members.map(({ userId }) => userId) ?? []
}
