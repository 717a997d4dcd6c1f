import type { Actor, Sync, SyncResult } from '@parley/contracts'
import { decodeSyncCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { SyncPoint, SyncQuestion } from '../ports/reads.ts'

/** What does not fit into one answer is said by `hasMore`. */
const BOUNDS = { conversations: 50, messages: 50, changed: 200, bytes: 512 * 1024 }
/** A change is stamped before it is committed: one that was under way at `since` may carry an earlier time. */
const COMMIT_MARGIN_MS = 10_000

/**
 * What changed since the client's cursors, as of one moment. State, not a queue: nothing expires, and however long the
 * absence, one answer brings each conversation to its present state (its latest page, when the gap is larger).
 */
export async function sync({ store }: Deps, actor: Actor, input: Sync): Promise<SyncResult> {
  return store.reads.sync(actor, syncQuestion(input))
}

/** What is asked of the store. Throws `invalid_input` for a cursor that is none. */
export function syncQuestion({ cursors, since }: Sync): SyncQuestion {
  const points = new Map<string, SyncPoint>()
  for (const { conversationId, cursor } of cursors)
    points.set(
      conversationId,
      cursor === null
        ? { conversationId, epoch: 0, seq: 0, rev: 0, privateCounter: 0 }
        : decodeSyncCursor(conversationId, cursor),
    )
  return {
    points: [...points.values()],
    since: since === undefined ? undefined : new Date(Date.parse(since) - COMMIT_MARGIN_MS).toISOString(),
    bounds: BOUNDS,
  }
}
