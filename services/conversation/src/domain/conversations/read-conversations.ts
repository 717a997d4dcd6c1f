import type { Actor, Conversation, ListConversations, Page } from '@parley/contracts'
import { decodeActivityCursor, encodeActivityCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { noSuchConversation } from '../refusals.ts'

export async function getConversation(
  { store }: Deps,
  actor: Actor,
  { conversationId }: { conversationId: string },
): Promise<Conversation> {
  const [conversation] = await store.reads.conversations(actor, [conversationId])
  if (!conversation) throw noSuchConversation()
  return conversation
}

/** The actor's conversations, the most recently active first. */
export async function listConversations(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, ...filter }: ListConversations,
): Promise<Page<Conversation>> {
  const after = cursor === undefined ? undefined : decodeActivityCursor(cursor)
  const rows = await store.snapshot(actor.tenantId, ({ conversations }) =>
    conversations.list(actor.userId, { ...filter, after, limit: limit + 1 }),
  )
  const page = rows.slice(0, limit)
  const hasMore = rows.length > limit
  const last = page.at(-1)
  return {
    // as they are by now; one that the actor has left meanwhile is not among them
    data: await store.reads.conversations(
      actor,
      page.map(({ id }) => id),
    ),
    hasMore,
    nextCursor: hasMore && last ? encodeActivityCursor(last) : null,
  }
}

export async function getUnreadCount(
  { store }: Deps,
  actor: Actor,
  { conversationId }: { conversationId: string },
): Promise<{ unreadCount: number }> {
  const unreadCount = await store.snapshot(actor.tenantId, ({ conversations }) =>
    conversations.unreadCount(actor.userId, conversationId),
  )
  if (unreadCount === null) throw noSuchConversation()
  return { unreadCount }
}

/** Over all of the actor's conversations, counted up to 100. */
export async function getTotalUnreadCount({ store }: Deps, actor: Actor): Promise<{ unreadCount: number }> {
  const { unreadCount } = await store.reads.session(actor, 0)
  return { unreadCount }
}
