import type { HeldMessage, Message, ReplyPreview } from '@parley/contracts'
import { type FailureCode, RequestFailure } from '../net/request-failure.ts'
import type { ChatStore } from './chat-store.ts'
import { newClientId } from './client-id.ts'
import { isUploaded, newOutgoing, type Outgoing, type SentFile } from './outgoing.ts'
import type { Uploads } from './uploads.ts'

export interface OutboxDeps {
  store: ChatStore
  /** Rejects with `RequestFailure`. */
  send(entry: Outgoing): Promise<Message>
  online(): boolean
  wait(ms: number): Promise<void>
  /** The uploads that messages carry. */
  files: Pick<Uploads, 'retry' | 'release' | 'cancel' | 'giveBack'>
  /** What was taken for possible is not. */
  onRefused?(code: FailureCode): void
}

const MAX_ATTEMPTS = 4

/**
 * Sends what was written, in the order in which it was written, one message of a conversation at a time. What the
 * connection swallowed is sent again under the same clientId, so the server keeps one of it.
 */
export class Outbox {
  readonly #deps: OutboxDeps
  readonly #draining = new Set<string>()

  constructor(deps: OutboxDeps) {
    this.#deps = deps
  }

  write(
    conversationId: string,
    content: string,
    replyTo: ReplyPreview | null = null,
    files: readonly SentFile[] = [],
  ): void {
    const { store } = this.#deps
    const afterSeq = store.getState().conversations[conversationId]?.lastSeq ?? 0
    const entry = newOutgoing({
      clientId: newClientId(),
      conversationId,
      content,
      replyTo,
      files,
      afterSeq,
      createdAt: new Date().toISOString(),
    })
    store.dispatch({ type: 'send_queued', entry })
    void this.#drain(conversationId)
  }

  retry(conversationId: string, clientId: string): void {
    this.#retry(conversationId, clientId)
    void this.#drain(conversationId)
  }

  #retry(conversationId: string, clientId: string): void {
    this.#deps.store.dispatch({ type: 'send_retried', conversationId, clientId })
    for (const { uploadId, uploaded } of this.#filesOf(conversationId, clientId))
      if (!uploaded) this.#deps.files.retry(uploadId)
  }

  #filesOf(conversationId: string, clientId: string): readonly SentFile[] {
    const entries = this.#deps.store.getState().outgoing[conversationId]
    return entries?.find((entry) => entry.clientId === clientId)?.files ?? []
  }

  discard(conversationId: string, clientId: string): void {
    for (const { uploadId } of this.#filesOf(conversationId, clientId)) this.#deps.files.cancel(uploadId)
    this.#deps.store.dispatch({ type: 'send_discarded', conversationId, clientId })
  }

  /** Takes back what was not sent, to change it: into the draft, and its files among what is chosen. */
  reopen(conversationId: string, clientId: string): void {
    this.#deps.files.giveBack(this.#filesOf(conversationId, clientId).map(({ uploadId }) => uploadId))
    this.#deps.store.dispatch({ type: 'send_reopened', conversationId, clientId })
  }

  /** Somebody has decided about one that was held. False: it was not written here. */
  decided({ conversationId, clientId, status, error }: HeldMessage): boolean {
    const { store } = this.#deps
    const entry = store.getState().outgoing[conversationId]?.find((one) => one.clientId === clientId)
    if (!entry) return false
    if (status === 'released') this.discard(conversationId, clientId)
    if (status === 'refused' && error)
      store.dispatch({
        ...{ type: 'send_failed', conversationId, clientId, detail: error.message, retryable: false },
        code: error.code as FailureCode,
      })
    return true
  }

  /** What it waits for may have been uploaded. */
  proceed(conversationId: string): void {
    void this.#drain(conversationId)
  }

  /**
   * The connection is back: whatever has a chance goes out again. So does what was held for review: under its key the server answers what
   * has become of it meanwhile.
   */
  resume(): void {
    for (const [conversationId, entries] of Object.entries(this.#deps.store.getState().outgoing)) {
      for (const { state, retryable, clientId } of entries)
        if (state === 'held' || (state === 'failed' && retryable)) this.#retry(conversationId, clientId)
      void this.#drain(conversationId)
    }
  }

  async #drain(conversationId: string): Promise<void> {
    if (this.#draining.has(conversationId)) return
    this.#draining.add(conversationId)
    try {
      for (;;) {
        const entries = this.#deps.store.getState().outgoing[conversationId]
        // What is still being uploaded keeps nothing else waiting.
        const next = entries?.find((entry) => entry.state === 'sending' && isUploaded(entry))
        if (!next || !this.#deps.online()) return
        if (!(await this.#deliver(next))) return
      }
    } finally {
      this.#draining.delete(conversationId)
    }
  }

  /** False: the connection is gone; `resume` goes on from here. */
  async #deliver(entry: Outgoing): Promise<boolean> {
    const { store, send, online, wait, files } = this.#deps
    const { conversationId, clientId } = entry
    for (let attempt = 1; ; attempt++) {
      store.dispatch({ type: 'send_attempted', conversationId, clientId })
      try {
        const message = await send(entry)
        store.dispatch({ type: 'send_acknowledged', conversationId, clientId, message })
        files.release(entry.files.map(({ uploadId }) => uploadId))
        return true
      } catch (err) {
        if (!(err instanceof RequestFailure)) throw err
        if (err.code === 'disconnected') return online()
        if (!err.retryable || attempt === MAX_ATTEMPTS) {
          const { code, message: detail, retryable } = err
          store.dispatch({ type: 'send_failed', conversationId, clientId, code, detail, retryable })
          this.#deps.onRefused?.(code)
          return true
        }
        await wait(err.retryAfterMs ?? 500 * 2 ** attempt)
        if (!online()) return false
      }
    }
  }
}
