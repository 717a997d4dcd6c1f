import { kindOf } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { expiry, isOverdue, moveMessage, stateOf } from './move-message.ts'

/** By the clock of another database than the one that woke us it may be too early: after a failover. Milliseconds. */
const TOO_EARLY_MS = 1_000

/**
 * Says of an offer or a booking request that nobody has decided on it in time. What was decided meanwhile, or deleted, stays as it
 * is.
 */
export async function expireMessage(
  { store, newId }: Pick<Deps, 'store' | 'newId'>,
  { tenantId, key: messageId }: { tenantId: string; key: string },
): Promise<{ againMs: number } | undefined> {
  return store.transaction(tenantId, async (uow) => {
    const [before] = await uow.messages.byIds([messageId])
    const conversation = before && (await uow.conversations.lock(before.conversationId))
    const [message] = conversation ? await uow.messages.byIds([messageId]) : []
    if (!conversation || !message || message.deletedAt !== null) return undefined
    const { states } = kindOf(message.type)
    if (!states || stateOf(message).status !== states.initial) return undefined
    if (!(await isOverdue(uow, states, message))) return { againMs: TOO_EARLY_MS }
    await moveMessage({ newId }, uow, { conversation, message }, expiry)
    return undefined
  })
}
