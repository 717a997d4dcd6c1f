import type {
  Actor,
  DeliveryState,
  MarkMessagesRead,
  MarkRead,
  MarkUnread,
  MessagesRead,
  ReadState,
} from '@parley/contracts'
import { ParleyError } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { noSuchConversation } from '../refusals.ts'

const markOf = ({ tenantId, userId }: Actor, { conversationId, seq }: MarkRead) => ({
  tenantId,
  conversationId,
  userId,
  seq,
})

/** Says that the actor has read up to `seq`. An older seq changes nothing; one beyond the end means the end. */
export function markRead({ store }: Deps, actor: Actor, input: MarkRead): Promise<ReadState> {
  return store.markRead(markOf(actor, input))
}

/** The same of what has come to a device of the actor's. */
export function markDelivered({ store }: Deps, actor: Actor, input: MarkRead): Promise<DeliveryState> {
  return store.markDelivered(markOf(actor, input))
}

/** Reads up to the last of the messages in each of their conversations. */
export async function markMessagesRead(
  { store }: Deps,
  actor: Actor,
  { messageIds }: MarkMessagesRead,
): Promise<MessagesRead> {
  const places = await store.snapshot(actor.tenantId, ({ messages }) =>
    messages.visibleTo(actor.userId, [...new Set(messageIds)]),
  )
  const furthest = new Map<string, number>()
  for (const { conversationId, seq } of places)
    furthest.set(conversationId, Math.max(seq, furthest.get(conversationId) ?? 0))
  const read = await Promise.all(
    [...furthest].map(async ([conversationId, seq]) => {
      try {
        return { conversationId, ...(await store.markRead(markOf(actor, { conversationId, seq }))) }
      } catch (err) {
        // they have left it in this moment
        if (err instanceof ParleyError && err.code === 'not_found') return null
        throw err
      }
    }),
  )
  const data = read.filter((one) => one !== null)
  const conversations = new Set(data.map(({ conversationId }) => conversationId))
  const found = new Set(places.flatMap(({ id, conversationId }) => (conversations.has(conversationId) ? id : [])))
  return { data, notFound: messageIds.filter((id) => !found.has(id)) }
}

/** What the actor has read counts as unread again, for themself alone and until they read it again. */
export async function markUnread(
  { store }: Deps,
  actor: Actor,
  { conversationId, seq }: MarkUnread,
): Promise<ReadState> {
  await store.transaction(actor.tenantId, async ({ participants, tellOwn }) => {
    if (await participants.markUnread(conversationId, actor.userId, seq))
      tellOwn({ conversationId, userId: actor.userId })
  })
  const standing = await store.ownState(actor, conversationId)
  if (!standing) throw noSuchConversation()
  return { lastReadSeq: standing.me.lastReadSeq, unreadCount: standing.unreadCount }
}
