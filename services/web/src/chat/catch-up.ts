import type { Sync, SyncResult } from '@parley/contracts'
import type { ChatStore } from './chat-store.ts'

/** The contract's bound on one request. */
const MAX_CURSORS = 200
/** A server that always says "more" must not hold the page in a loop. */
const MAX_ROUNDS = 50

/**
 * Merges everything that happened while the connection was away: changes of the held conversations, and whole
 * conversations that are new since `since`. Returns the `since` of the next time, and whether what is held was of before a restore
 * from a backup.
 */
export async function catchUp(
  store: ChatStore,
  sync: (input: Sync) => Promise<SyncResult>,
  since: string,
): Promise<{ since: string; restored: boolean }> {
  const ids = Object.keys(store.getState().conversations)
  let at: string | null = null
  let restored = false
  for (let start = 0; start === 0 || start < ids.length; start += MAX_CURSORS) {
    const chunk = ids.slice(start, start + MAX_CURSORS)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { conversations, turnover: asked } = store.getState()
      const cursors = chunk
        .filter((id) => id in conversations)
        .map((id) => ({ conversationId: id, cursor: conversations[id]?.cursor ?? null }))
      const result = await sync({ cursors, ...(start === 0 && { since }) })
      for (const changes of result.conversations) {
        store.dispatch({ type: 'changes_synced', changes, asked })
        // New to this tab: named from now on, so that the next round does not bring it again.
        if (!ids.includes(changes.conversation.id) && chunk.length < MAX_CURSORS) chunk.push(changes.conversation.id)
      }
      for (const conversationId of result.gone) store.dispatch({ type: 'conversation_gone', conversationId })
      // The first answer's time is the safe one: what happened during the rounds is asked for again.
      at ??= result.at
      // What came live before such an answer went with what is lost: it is asked for again.
      const isRestored = result.conversations.some((changes) => changes.restored)
      restored ||= isRestored
      if (!result.hasMore && !isRestored) break
    }
  }
  return { since: at ?? since, restored }
}
