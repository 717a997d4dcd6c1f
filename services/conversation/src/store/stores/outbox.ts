import { type Change, type EventType, eventData } from '@parley/contracts'
import { type ClaimRow, createOutbox, type Database, type Outbox, type Tx } from '@parley/database'
import type { CommittedChange } from '../../domain/changes/committed-change.ts'
import { isArrival, type Recorded, relayedChange } from '../../domain/changes/relayed-change.ts'
import { transitionKey } from '../../domain/ports/transitions.ts'
import { conversationStore } from './conversations.ts'
import { messageStore } from './messages.ts'
import { participantStore } from './participants.ts'
import { transitionStore } from './transitions.ts'

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

/** Changes of an event that are read in one transaction: the embedded database has one connection, for which others wait. */
const AT_ONCE = 100

export type RecordedChange = Recorded & { type: EventType; userId: string | undefined }

async function rebuild(database: Database, row: EventRow & { type: EventType }): Promise<(CommittedChange | null)[]> {
  const recorded = row.conversation_ids.map((conversationId, i) => ({
    type: row.type,
    tenantId: row.tenant_ids[i]!,
    conversationId,
    seq: Number(row.seqs[i]),
    rev: Number(row.revs[i]),
    at: new Date(row.event_at).toISOString(),
    userId: row.user_ids?.[i] ?? undefined,
  }))
  const changes = new Map<RecordedChange, CommittedChange>()
  for (const tenantId of new Set(row.tenant_ids)) {
    const ofTenant = recorded.filter((one) => one.tenantId === tenantId)
    for (let from = 0; from < ofTenant.length; from += AT_ONCE) {
      const part = ofTenant.slice(from, from + AT_ONCE)
      await database.transaction({ tenantId, snapshot: true }, async (tx) => {
        for (const [one, change] of await readChanges(tx, tenantId, part)) changes.set(one, change)
      })
    }
  }
  return recorded.map((one) => changes.get(one) ?? null)
}

/** One change as its rows are now; null where they are gone. */
export async function readChange(database: Database, recorded: RecordedChange): Promise<CommittedChange | null> {
  const { tenantId } = recorded
  const read = await database.transaction({ tenantId, snapshot: true }, (tx) => readChanges(tx, tenantId, [recorded]))
  return read[0]?.[1] ?? null
}

/** What happened, as its rows are now, of those that are not gone. */
async function readChanges(
  tx: Tx,
  tenantId: string,
  recorded: readonly RecordedChange[],
): Promise<[RecordedChange, CommittedChange][]> {
  const conversations = conversationStore(tx, tenantId)
  const participants = participantStore(tx, tenantId)
  const idsOf = (some: readonly RecordedChange[]) => [...new Set(some.map(({ conversationId }) => conversationId))]
  const about = (...types: EventType[]) => recorded.filter(({ type }) => types.includes(type))
  const keyOf = ({ conversationId, seq }: { conversationId: string; seq: number }) => `${conversationId} ${seq}`

  const messages = new Map(
    (
      await messageStore(tx, tenantId).at(
        about('message.created', 'message.updated', 'message.deleted', 'message.transitioned'),
      )
    ).map((message) => [keyOf(message), message]),
  )
  const placeOf = (one: RecordedChange) => ({ messageId: messages.get(keyOf(one))?.id ?? '', rev: one.rev })
  const transitions = await transitionStore(tx, tenantId).at(
    about('message.transitioned')
      .filter((one) => messages.has(keyOf(one)))
      .map(placeOf),
  )
  const moved = about('participant.joined', 'participant.updated', 'participant.left')
  const people = await participants.profiles(
    moved.map(({ conversationId, userId }) => ({ conversationId, userId: userId! })),
  )
  const profiles = new Map(moved.map((one, i) => [one, people[i]]))
  const shared = await conversations.loadShared(
    idsOf(
      about(
        'conversation.created',
        'conversation.updated',
        'participant.joined',
        'participant.updated',
        'message.transitioned',
      ),
    ),
  )
  const present = await participants.present(idsOf(recorded.filter(isArrival)))
  const heads = new Map((await conversations.heads(idsOf(recorded))).map((head) => [head.conversationId, head]))

  const changeOf = (one: RecordedChange): Change | null => {
    const { type, conversationId, userId, seq, at } = one
    switch (type) {
      case 'message.created':
      case 'message.updated':
      case 'message.deleted': {
        const message = messages.get(keyOf(one))
        return message ? { type, message } : null
      }
      case 'message.transitioned': {
        const message = messages.get(keyOf(one))
        const transition = transitions.get(transitionKey(placeOf(one)))
        const about = shared.get(conversationId)?.context
        const context = about ? { type: about.type, id: about.id } : null
        return message && transition ? { type, message, transition, context } : null
      }
      case 'messages.read':
      case 'messages.delivered':
        return { type, userId: userId!, seq, at }
      case 'conversation.created':
      case 'conversation.updated': {
        const conversation = shared.get(conversationId)
        return conversation ? { type, conversation } : null
      }
      case 'participant.joined':
      case 'participant.updated': {
        const [participant, conversation] = [profiles.get(one), shared.get(conversationId)]
        return participant && conversation ? { type, participant, conversation } : null
      }
      case 'participant.left': {
        const participant = profiles.get(one)
        return participant ? { type, participant } : null
      }
    }
  }
  return recorded.flatMap((one): [RecordedChange, CommittedChange][] => {
    const { type: _, userId: __, ...place } = one
    const change = changeOf(one)
    const head = heads.get(one.conversationId)
    if (!change || !head) return []
    const { seq, rev } = head
    return [[one, relayedChange(place, change, { seq, rev }, present.get(one.conversationId) ?? [])]]
  })
}
