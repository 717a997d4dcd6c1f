import type { Actor, Audience } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { noSuchConversation } from '../refusals.ts'

/** Refuses who may do nothing at all, and who is not in the conversation that they name; says who they are. */
export async function admit(
  deps: Deps,
  given: Actor,
  { conversationId }: { conversationId: string | null },
): Promise<Awaited<ReturnType<Audience['admit']>>> {
  const actor = await deps.access.enter(given)
  const { tenantId, userId, role } = actor
  return deps.turns.take(actor, () =>
    deps.store.snapshot(tenantId, async ({ users, participants, conversations }) => {
      if (conversationId !== null) {
        const isThere =
          role === 'service'
            ? (await conversations.heads([conversationId])).length > 0
            : (await participants.find(conversationId, userId))?.active === true
        if (!isThere) throw noSuchConversation()
      }
      const user = await users.find(userId)
      return { role, email: user?.email ?? null, locale: user?.locale ?? null }
    }),
  )
}
