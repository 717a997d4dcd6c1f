const START_EVERY_MS = 3000
const IDLE_MS = 5000

/** Says at most every three seconds that somebody types, and once that they stopped. */
export class TypingNotifier {
  readonly #emit: (name: 'typing_start' | 'typing_stop', conversationId: string) => void
  #active: string | null = null
  #startedAt = 0
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(emit: (name: 'typing_start' | 'typing_stop', conversationId: string) => void) {
    this.#emit = emit
  }

  typed(conversationId: string, now = Date.now()): void {
    if (this.#active !== conversationId) this.stop()
    if (this.#active === null || now - this.#startedAt >= START_EVERY_MS) {
      this.#active = conversationId
      this.#startedAt = now
      this.#emit('typing_start', conversationId)
    }
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.stop(), IDLE_MS)
  }

  /** Sent, left, emptied or idle. */
  stop(): void {
    clearTimeout(this.#idle)
    if (this.#active !== null) this.#emit('typing_stop', this.#active)
    this.#active = null
  }
}
