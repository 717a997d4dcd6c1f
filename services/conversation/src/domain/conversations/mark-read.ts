import type { Actor, MarkRead, ReadState } from '@parley/contracts'
import type { Deps } from '../deps.ts'

/** Says that the actor has read up to `seq`. An older seq changes nothing; one beyond the end means the end. */
export function markRead({ store }: Deps, actor: Actor, { conversationId, seq }: MarkRead): Promise<ReadState> {
  return store.markRead({ tenantId: actor.tenantId, conversationId, userId: actor.userId, seq })
}
