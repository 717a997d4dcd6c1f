import { type Actor, type Conversation, isBlank, type ListConversations, type Page } from '@parley/contracts'
import { decodeListCursor, encodeListCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { invalidField, noSuchConversation } from '../refusals.ts'

export async function getConversation(
  { store }: Deps,
  actor: Actor,
  { conversationId }: { conversationId: string },
): Promise<Conversation> {
  const [conversation] = await store.reads.conversations(actor, [conversationId])
  if (!conversation) throw noSuchConversation()
  return conversation
}

/** The actor's conversations: those that they have pinned, then the most recently active first. */
export async function listConversations(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, archived = false, q, ...filter }: ListConversations,
): Promise<Page<Conversation>> {
  if (q !== undefined && isBlank(q)) throw invalidField('/q', 'blank', 'is empty')
  const after = cursor === undefined ? undefined : decodeListCursor(cursor)
  const { page, next } = await store.reads.list(actor, { ...filter, archived, query: q, after, limit })
  return { data: page, hasMore: next !== null, nextCursor: next && encodeListCursor(next) }
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
