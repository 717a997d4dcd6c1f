import { type HandshakeSync, MAX_HANDSHAKE_CURSORS, type Sync, type SyncResult } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'

/** The contract's bound on one request. */
const MAX_CURSORS = 200
/** A server that always says "more" must not hold the page in a loop. */
const MAX_ROUNDS = 50

/** A question that goes with a handshake. */
export interface HandshakeQuestion {
  sync: HandshakeSync
  turnover: ChatState['turnover']
}

/** The question, and what `ready` answered. */
export interface HandshakeAnswer extends HandshakeQuestion {
  result: SyncResult
}

/** What a handshake asks; undefined where more is held than it may ask for. */
export function questionOf(store: ChatStore, since: string): HandshakeQuestion | undefined {
  const { conversations, turnover } = store.getState()
  const cursors = Object.entries(conversations).map(([conversationId, { cursor }]) => ({ conversationId, cursor }))
  return cursors.length <= MAX_HANDSHAKE_CURSORS ? { sync: { cursors, since }, turnover } : undefined
}

/**
 * Merges everything that happened while the connection was away: changes of the held conversations, and whole
 * conversations that are new since `since`. Returns the `since` of the next time, and whether what is held was of before a restore
 * from a backup. `known`: the handshake has asked already, and this is the first answer.
 */
export async function catchUp(
  store: ChatStore,
  sync: (input: Sync) => Promise<SyncResult>,
  since: string,
  known?: HandshakeAnswer,
): Promise<{ since: string; restored: boolean }> {
  const ids = Object.keys(store.getState().conversations)
  let at: string | null = null
  let restored = false
  let first = known
  for (let start = 0; start === 0 || start < ids.length; start += MAX_CURSORS) {
    const chunk = ids.slice(start, start + MAX_CURSORS)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { conversations, turnover } = store.getState()
      const cursors = chunk
        .filter((id) => id in conversations)
        .map((id) => ({ conversationId: id, cursor: conversations[id]?.cursor ?? null }))
      const result = first?.result ?? (await sync({ cursors, ...(start === 0 && { since }) }))
      const asked = first?.turnover ?? turnover
      const named = new Set((first?.sync.cursors ?? cursors).map(({ conversationId }) => conversationId))
      first = undefined
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
      const isAll = cursors.every(({ conversationId }) => named.has(conversationId))
      if (!result.hasMore && !isRestored && isAll) break
    }
  }
  return { since: at ?? since, restored }
}
