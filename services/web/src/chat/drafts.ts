import type { Message, PutDraft, ServerEvent } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'
import { keptDraft } from './draft-changes.ts'
import { replyPreviewOf } from './replies.ts'

/** Whoever types on is not asked about each letter. */
const SAVE_AFTER_MS = 700

interface DraftKeeperDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  put(draft: PutDraft): Promise<ServerEvent<'conversation_state'>>
  remove(conversationId: string): Promise<ServerEvent<'conversation_state'>>
  message(messageId: string): Promise<Message>
  online(): boolean
  /** Calls `run` after a while. Returns what prevents it. */
  later(run: () => void, ms: number): () => void
}

/**
 * Keeps what is being written, and what it answers, with the server, for one's other devices: a moment after somebody has stopped
 * typing. What was sent is thrown away there when the message has been acknowledged, and not before.
 */
export class DraftKeeper {
  readonly #deps: DraftKeeperDeps
  /** By conversation: what prevents that it is saved. */
  readonly #waiting = new Map<string, () => void>()
  readonly #saving = new Set<string>()
  #last: ChatState
  /** The message that the draft of the open conversation answers, as far as it has been asked for. */
  #asked: string | null = null

  constructor(deps: DraftKeeperDeps) {
    this.#deps = deps
    this.#last = deps.store.getState()
  }

  /** What has changed in the state may have to be saved. */
  evaluate(): void {
    const state = this.#deps.store.getState()
    const before = this.#last
    this.#last = state
    if (state.conversations !== before.conversations || state.openId !== before.openId) void this.#learnReply(state)
    const isSame =
      state.unsaved === before.unsaved && state.outgoing === before.outgoing && state.connection === before.connection
    if (isSame && state.drafts === before.drafts && state.replies === before.replies) return
    for (const id of Object.keys(state.unsaved))
      if (!isSame || state.drafts[id] !== before.drafts[id] || state.replies[id] !== before.replies[id])
        this.#schedule(id)
  }

  /** A draft that was begun elsewhere names what it answers and no more. */
  async #learnReply({ openId, conversations, replies }: ChatState): Promise<void> {
    const { store, message } = this.#deps
    const wanted = (openId && conversations[openId]?.me.draft?.replyTo) || null
    if (wanted === this.#asked) return
    this.#asked = wanted
    if (!openId || !wanted || replies[openId]) return
    const original = await message(wanted).catch(() => null)
    if (original) store.dispatch({ type: 'reply_known', conversationId: openId, replyTo: replyPreviewOf(original) })
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
    const replyTo = replies[id]?.id ?? null
    const content = keptDraft(text) && text
    const isNone = content === '' && replyTo === null
    if (isNone && isOnItsWay) return
    this.#saving.add(id)
    try {
      const state = await (isNone ? remove(id) : put({ conversationId: id, content, replyTo }))
      store.dispatch({ type: 'conversation_state', state })
      store.dispatch({ type: 'draft_saved', conversationId: id, text, replyTo })
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
