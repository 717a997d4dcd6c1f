/** For how long a leave is remembered at least, to be compared with joins and entries that were under way. */
const REMEMBER_MS = 10_000

/**
 * Which users left which conversations lately. Entries and answers that are older than a leave may still be on their way,
 * and must not bring the user back in.
 */
export class RecentLeaves {
  readonly #leaves = new Map<string, { position: number; time: number }>()
  readonly #timer = setInterval(() => this.#forgetOld(), REMEMBER_MS)

  constructor() {
    this.#timer.unref()
  }

  /** The user whose room it is has left the conversation, which stood at that position then. */
  add(room: string, conversationId: string, position: number): void {
    this.#leaves.set(keyOf(room, conversationId), { position, time: performance.now() })
  }

  /** Whether the user left by a change at that position or a later one. */
  hasLeftAtOrAfter(room: string, conversationId: string, position: number): boolean {
    return (this.#leaves.get(keyOf(room, conversationId))?.position ?? -1) >= position
  }

  /** Whether the user left after that time, by performance.now(). */
  hasLeftSince(room: string, conversationId: string, time: number): boolean {
    return (this.#leaves.get(keyOf(room, conversationId))?.time ?? Number.NEGATIVE_INFINITY) > time
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #forgetOld(): void {
    const oldest = performance.now() - REMEMBER_MS
    for (const [key, { time }] of this.#leaves) if (time < oldest) this.#leaves.delete(key)
  }
}

/** Conversation ids hold no space, so the key is unambiguous whatever the room's name holds. */
function keyOf(room: string, conversationId: string): string {
  return `${room} ${conversationId}`
}
