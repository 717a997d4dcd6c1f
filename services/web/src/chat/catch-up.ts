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

interface CaughtUp {
  /** The `since` of the next time, where nothing of this one is missing. */
  since: string
  /** What is held was of before a restore from a backup. */
  restored: boolean
  /** False: more is new since `since` than could be asked for so. Of what was held nothing is missing. */
  complete: boolean
}

/**
 * Merges everything that happened while the connection was away: changes of the held conversations, and whole
 * conversations that are new since `since`. `known`: the handshake has asked already, and this is the first answer.
 */
export async function catchUp(
  store: ChatStore,
  sync: (input: Sync) => Promise<SyncResult>,
  since: string,
  known?: HandshakeAnswer,
): Promise<CaughtUp> {
  const ids = Object.keys(store.getState().conversations)
  const held = new Set(ids)
  let at: string | null = null
  let restored = false
  let complete = true
  let first = known
  for (let start = 0; start === 0 || start < ids.length; start += MAX_CURSORS) {
    const chunk = ids.slice(start, start + MAX_CURSORS)
    let asksNew = start === 0
    for (let round = 0; ; round++) {
      if (round === MAX_ROUNDS) {
        complete = false
        break
      }
      const { conversations, turnover } = store.getState()
      const cursors = chunk
        .filter((id) => id in conversations)
        .map((id) => ({ conversationId: id, cursor: conversations[id]?.cursor ?? null }))
      const result = first?.result ?? (await sync({ cursors, ...(asksNew && { since }) }))
      const asked = first?.turnover ?? turnover
      const named = new Set((first?.sync.cursors ?? cursors).map(({ conversationId }) => conversationId))
      first = undefined
      let comesAgain = false
      for (const changes of result.conversations) {
        const { id } = changes.conversation
        if (!named.has(id)) {
          // Named from now on, so that the next round does not bring it again.
          if (!chunk.includes(id) && !held.has(id) && chunk.length < MAX_CURSORS) chunk.push(id)
          comesAgain ||= !chunk.includes(id)
          // A question that names it says what has changed, and keeps what is loaded of it.
          if (held.has(id)) continue
        }
        store.dispatch({ type: 'changes_synced', changes, asked })
      }
      for (const conversationId of result.gone) store.dispatch({ type: 'conversation_gone', conversationId })
      // The first answer's time is the safe one: what happened during the rounds is asked for again.
      at ??= result.at
      // What came live before such an answer went with what is lost: it is asked for again.
      const isRestored = result.conversations.some((changes) => changes.restored)
      restored ||= isRestored
      const isAll = cursors.every(({ conversationId }) => named.has(conversationId))
      if (!result.hasMore && !isRestored && isAll) break
      // The same ones would come for ever, and those behind them never.
      if (result.hasMore && comesAgain) {
        asksNew = false
        complete = false
      }
    }
  }
  return { since: at ?? since, restored, complete }
}
