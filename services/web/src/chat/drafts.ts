import type { PutDraft, ServerEvent } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'
import { keptDraft } from './draft-changes.ts'

/** Whoever types on is not asked about each letter. */
const SAVE_AFTER_MS = 700

interface DraftKeeperDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  put(draft: PutDraft): Promise<ServerEvent<'conversation_state'>>
  remove(conversationId: string): Promise<ServerEvent<'conversation_state'>>
  online(): boolean
  /** Calls `run` after a while. Returns what prevents it. */
  later(run: () => void, ms: number): () => void
}

/**
 * Keeps what is being written with the server, for one's other devices: a moment after somebody has stopped typing. What was sent is
 * thrown away there when the message has been acknowledged, and not before.
 */
export class DraftKeeper {
  readonly #deps: DraftKeeperDeps
  /** By conversation: what prevents that it is saved. */
  readonly #waiting = new Map<string, () => void>()
  readonly #saving = new Set<string>()
  #last: Pick<ChatState, 'drafts' | 'unsaved' | 'outgoing' | 'connection'>

  constructor(deps: DraftKeeperDeps) {
    this.#deps = deps
    this.#last = deps.store.getState()
  }

  /** What has changed in the state may have to be saved. */
  evaluate(): void {
    const state = this.#deps.store.getState()
    const before = this.#last
    this.#last = state
    const isSame =
      state.unsaved === before.unsaved && state.outgoing === before.outgoing && state.connection === before.connection
    if (isSame && state.drafts === before.drafts) return
    for (const id of Object.keys(state.unsaved))
      if (!isSame || state.drafts[id] !== before.drafts[id]) this.#schedule(id)
  }

  #schedule(id: string): void {
    this.#waiting.get(id)?.()
    const run = () => {
      this.#waiting.delete(id)
      void this.#save(id)
    }
    this.#waiting.set(id, this.#deps.later(run, SAVE_AFTER_MS))
  }

  async #save(id: string): Promise<void> {
    const { store, put, remove, online } = this.#deps
    const { drafts, unsaved, outgoing, replies, conversations } = store.getState()
    const text = drafts[id] ?? ''
    // Where it waits, something else begins it anew: the answer, the acknowledgement, the connection.
    if (!unsaved[id] || !conversations[id] || this.#saving.has(id) || !online()) return
    const isOnItsWay = outgoing[id]?.some(({ state }) => state === 'sending')
    if (!keptDraft(text) && isOnItsWay) return
    this.#saving.add(id)
    try {
      const replyTo = replies[id]?.id ?? null
      const state = await (keptDraft(text) ? put({ conversationId: id, content: text, replyTo }) : remove(id))
      store.dispatch({ type: 'conversation_state', state })
      store.dispatch({ type: 'draft_saved', conversationId: id, text })
    } catch {
      // It is in this browser; what is typed next, or the next connection, tries it anew.
      return
    } finally {
      this.#saving.delete(id)
    }
    // Typed on meanwhile, and the time came while this one was being saved.
    if (store.getState().unsaved[id] && !this.#waiting.has(id)) this.#schedule(id)
  }

  [Symbol.dispose](): void {
    for (const prevent of this.#waiting.values()) prevent()
    this.#waiting.clear()
  }
}
