import type { Actor, ContextConversationRef, Conversation } from '@parley/contracts'
import { inspected } from '../admin/inspect.ts'
import type { Deps } from '../deps.ts'
import { noSuchConversation } from '../refusals.ts'

/** The conversation of a context, for its members and the host's backend. */
export async function findContextConversation(
  deps: Deps,
  actor: Actor,
  { type, id, userId }: ContextConversationRef,
): Promise<Conversation> {
  const found = await deps.finder.existing(actor, { type, id }, userId)
  if (!found) throw noSuchConversation()
  return read(deps, actor, found)
}

/** The same, and creates it when nobody has started it. */
export async function openContextConversation(
  deps: Deps,
  actor: Actor,
  { type, id, userId }: ContextConversationRef,
): Promise<{ conversation: Conversation; created: boolean }> {
  const trusted = actor.role === 'service'
  const { conversationId, created } = await deps.finder.ofContext(actor, { type, id }, { otherId: userId, trusted })
  return { conversation: await read(deps, actor, conversationId), created }
}

/** As its participant sees it, or as the backend does, which is in none. */
async function read({ store }: Deps, actor: Actor, id: string): Promise<Conversation> {
  const [conversation] = await store.reads.conversations(actor, [id])
  if (conversation) return conversation
  if (actor.role !== 'service') throw noSuchConversation()
  return store.snapshot(actor.tenantId, (uow) => inspected(uow, id))
}
