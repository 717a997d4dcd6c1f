import type { Actor, ConversationChanges, Sync, SyncResult } from '@parley/contracts'
import { decodeSyncCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { SyncPoint, UnitOfWork } from '../ports.ts'

/** Bounds of one answer; what does not fit is said by `hasMore`. */
const MAX_CONVERSATIONS = 50
const MAX_MESSAGES = 50
const MAX_BYTES = 512 * 1024
/** A change is stamped before it is committed: one that was under way at `since` may carry an earlier time. */
const COMMIT_MARGIN_MS = 10_000

/**
 * What changed since the client's cursors, as of one moment. State, not a queue: nothing expires, and however long the
 * absence, one answer brings each conversation to its present state (its latest page, when the gap is larger).
 */
export function sync({ store }: Deps, actor: Actor, input: Sync): Promise<SyncResult> {
  const points = new Map<string, SyncPoint>()
  for (const { conversationId, cursor } of input.cursors)
    points.set(
      conversationId,
      cursor === null
        ? { conversationId, epoch: 0, seq: 0, rev: 0, privateCounter: 0 }
        : decodeSyncCursor(conversationId, cursor),
    )
  return store.snapshot(actor.tenantId, async (uow) => {
    const at = await uow.now()
    const { differing, gone, epoch } = await uow.conversations.compare(actor.userId, [...points.values()])
    const unnamed =
      input.since === undefined
        ? []
        : await uow.conversations.changedSince(
            actor.userId,
            new Date(Date.parse(input.since) - COMMIT_MARGIN_MS).toISOString(),
            [...points.keys()],
            MAX_CONVERSATIONS + 1,
          )
    const ids = [...differing, ...unnamed]
    const conversations: ConversationChanges[] = []
    let bytes = 0
    for (const conversation of await uow.conversations.load(actor.userId, ids.slice(0, MAX_CONVERSATIONS))) {
      const point = points.get(conversation.id)
      const changes = await changesOf(uow, actor.userId, conversation, point?.epoch === epoch ? point : undefined)
      bytes += JSON.stringify(changes).length
      if (bytes > MAX_BYTES && conversations.length > 0) break
      conversations.push(changes)
    }
    return { conversations, gone, hasMore: conversations.length < ids.length, at }
  })
}

async function changesOf(
  { messages, participants }: UnitOfWork,
  viewerId: string,
  conversation: ConversationChanges['conversation'],
  from: SyncPoint | undefined,
): Promise<ConversationChanges> {
  const { id } = conversation
  if (!from || from.seq === 0) {
    const latest = await messages.page(viewerId, id, { limit: MAX_MESSAGES + 1 })
    const hasMore = latest.length > MAX_MESSAGES
    return {
      conversation,
      messages: hasMore ? latest.slice(1) : latest,
      changed: [],
      participants: conversation.participants,
      hasMore,
    }
  }
  // The newest first: a huge gap ends in the latest page, and the rest comes by scrolling up.
  const found = await messages.page(viewerId, id, { limit: MAX_MESSAGES + 1 })
  const fresh = found.filter((message) => message.seq > from.seq)
  const hasMore = fresh.length > MAX_MESSAGES
  return {
    conversation,
    messages: hasMore ? fresh.slice(1) : fresh,
    changed: await messages.changedAfter(viewerId, id, from.rev, from.seq, 200),
    participants: (await participants.changedAfter(id, from.rev)).filter((p) => !p.left).map((p) => p.participant),
    hasMore,
  }
}
