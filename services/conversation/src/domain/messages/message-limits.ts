import type { Actor, Policy } from '@parley/contracts'
import type { Deps } from '../deps.ts'

/** Counts a message of the sender's. A backend is limited as a tenant only: it speaks for many. */
export async function limitMessages(
  { limit }: Deps,
  actor: Actor,
  senderId: string,
  { rateLimits }: Policy,
): Promise<void> {
  const { userMessages, tenantMessages } = rateLimits
  if (userMessages && actor.role !== 'service') await limit(userMessages, `messages:${actor.tenantId}:${senderId}`)
  if (tenantMessages) await limit(tenantMessages, `tenant:${actor.tenantId}`)
}

/** By a participant or not: who is none is refused behind it, and cannot use up much of what is the others'. */
export async function limitConversation(
  { limit }: Deps,
  actor: Actor,
  conversationId: string,
  { rateLimits: { conversationMessages } }: Policy,
): Promise<void> {
  if (conversationMessages && actor.role !== 'service')
    await limit(conversationMessages, `conversation:${actor.tenantId}:${conversationId}`)
}
