import type { Message } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import type { ChatStore } from './chat-store.ts'

/** An edit or a deletion that the server has not confirmed. */
export interface PendingChange {
  kind: 'edit' | 'delete'
  messageId: string
  conversationId: string
  /** What the message is to say; empty for a deletion. */
  content: string
  /** What it said before. */
  before: string
  /**
   * asked: on its way. unknown: nobody answered, so it may have happened or may still. undoing: it was taken back, and
   * what the message said before is on its way. refused: it has not happened and will not.
   */
  state: 'asked' | 'unknown' | 'undoing' | 'refused'
  /** Why, for people. */
  detail: string | null
}

interface PendingChangesDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  edit(messageId: string, content: string): Promise<Message>
  remove(messageId: string): Promise<Message>
  /** As it is now. */
  message(messageId: string): Promise<Message>
  notify(text: string): void
  connected(): boolean
}

/** How long after it was taken back a change that the server had kept waiting is taken back again. */
const WATCH_MS = 120_000
const UNDO_AGAIN_MS = 3000
const CHANGED_SINCE = 'A change of yours was not made: the message was changed otherwise since.'

/**
 * Changes messages, and says so until it is certain. A server that does not answer may do it all the same, later: such a
 * change stays in sight, is asked for again when the connection is back, and can be taken back.
 */
export class PendingChanges {
  readonly #deps: PendingChangesDeps
  /** By message: what was taken back, should it come all the same, and what to put in its place. */
  readonly #takenBack = new Map<string, { content: string; before: string; until: number }>()

  constructor(deps: PendingChangesDeps) {
    this.#deps = deps
  }

  edit(message: Message, content: string): Promise<void> {
    this.#takenBack.delete(message.id)
    // Of a change that is not certain, what the message said before still counts.
    const before = this.#held(message.id)?.before ?? message.content
    return this.#ask({ ...subject(message), kind: 'edit', content, before })
  }

  remove(message: Message): Promise<void> {
    return this.#ask({ ...subject(message), kind: 'delete', content: '', before: message.content })
  }

  again(messageId: string): Promise<void> {
    const change = this.#held(messageId)
    return change ? this.#ask(change) : Promise.resolve()
  }

  /** Puts back what the message said before, now and should the change come later all the same. */
  async takeBack(messageId: string): Promise<void> {
    const change = this.#held(messageId)
    if (change?.kind !== 'edit') return
    const { content, before } = change
    this.#takenBack.set(messageId, { content, before, until: Date.now() + WATCH_MS })
    await this.#undo(change)
  }

  /** No longer said; it may still happen. */
  dismiss(messageId: string): void {
    this.#deps.store.dispatch({ type: 'change_settled', messageId })
  }

  /** The connection is back: what is not certain is asked for once more, where it would still change what it was meant to change. */
  resume(): void {
    for (const change of Object.values(this.#deps.store.getState().changes)) {
      if (change.state !== 'unknown' && change.state !== 'undoing') continue
      if (change.kind === 'delete') void this.#ask(change)
      else void this.#resumeEdit(change)
    }
  }

  /** Somebody may have changed the message since, here or on another device: what is older than that is not put over it. */
  async #resumeEdit(change: PendingChange): Promise<void> {
    const { store, message, notify } = this.#deps
    const isCurrent = () => this.#held(change.messageId) === change
    try {
      const present = await message(change.messageId)
      store.dispatch({ type: 'message_updated', message: present })
      // It may say by itself that the change is made.
      if (isCurrent()) this.heard(present)
      if (!isCurrent()) return
      if (present.content !== change.before && present.content !== change.content) {
        this.dismiss(change.messageId)
        this.#takenBack.delete(change.messageId)
        notify(CHANGED_SINCE)
        return
      }
    } catch (err) {
      if (!isCurrent()) return
      const { message: detail, retryable } = toRequestFailure(err)
      if (change.state === 'undoing' && retryable) this.#undoLater(change)
      else if (!retryable) store.dispatch({ type: 'change_pending', change: { ...change, state: 'refused', detail } })
      return
    }
    if (change.state === 'undoing') await this.#undo(change)
    else await this.#ask(change)
  }

  /** A message has changed, by whomever. */
  heard(message: Message): void {
    const change = this.#held(message.id)
    const happened = change?.kind === 'delete' ? message.deletedAt !== null : message.content === change?.content
    if (change && change.state !== 'undoing' && (happened || message.deletedAt)) this.dismiss(message.id)
    if (change?.state === 'undoing' && message.content === change.before) this.dismiss(message.id)
    const takenBack = this.#takenBack.get(message.id)
    if (!takenBack || message.content !== takenBack.content || message.deletedAt) return
    this.#takenBack.delete(message.id)
    if (Date.now() > takenBack.until || change) return
    // The server had it waiting when it was taken back.
    void this.#undo({ ...subject(message), kind: 'edit', ...takenBack })
  }

  async #ask(change: Omit<PendingChange, 'state' | 'detail'>): Promise<void> {
    const { edit, remove } = this.#deps
    const { kind, messageId, content } = change
    await this.#settle({ ...change, state: 'asked', detail: null }, () =>
      kind === 'edit' ? edit(messageId, content) : remove(messageId),
    )
  }

  async #undo(change: Omit<PendingChange, 'state' | 'detail'>): Promise<void> {
    await this.#settle({ ...change, state: 'undoing', detail: null }, () =>
      this.#deps.edit(change.messageId, change.before),
    )
  }

  async #settle(change: PendingChange, act: () => Promise<Message>): Promise<void> {
    const { store } = this.#deps
    store.dispatch({ type: 'change_pending', change })
    // A later one of the same message has taken its place.
    const isCurrent = () => this.#held(change.messageId) === change
    try {
      const message = await act()
      if (isCurrent()) this.dismiss(change.messageId)
      store.dispatch({ type: 'message_updated', message })
    } catch (err) {
      if (!isCurrent()) return
      const { code, message: detail, retryable } = toRequestFailure(err)
      const isLost = retryable && code !== 'rate_limited'
      if (change.state === 'undoing' && retryable) return this.#undoLater(change)
      store.dispatch({ type: 'change_pending', change: { ...change, state: isLost ? 'unknown' : 'refused', detail } })
    }
  }

  #undoLater(change: PendingChange): void {
    setTimeout(() => {
      if (this.#held(change.messageId) === change && this.#deps.connected()) void this.#resumeEdit(change)
    }, UNDO_AGAIN_MS)
  }

  #held(messageId: string): PendingChange | undefined {
    return this.#deps.store.getState().changes[messageId]
  }
}

function subject({ id, conversationId }: Message) {
  return { messageId: id, conversationId }
}
