import type { Head } from '@parley/contracts'
import { Line } from './line.ts'
import type { Redelivery } from './redelivery.ts'

/** What a closed line had buffered is accepted again after this: it may be for somebody who comes into the conversation by it. */
const REDELIVER_MS = 150

/** The lines of this gateway, by conversation and by listener. A line is open from its first listener until its last. */
export class LineRegistry {
  readonly #redelivery: Redelivery
  readonly #byConversation = new Map<string, Line>()
  readonly #byListener = new Map<string, Set<Line>>()

  constructor(redelivery: Redelivery) {
    this.#redelivery = redelivery
  }

  get size(): number {
    return this.#byConversation.size
  }

  get(conversationId: string): Line | undefined {
    return this.#byConversation.get(conversationId)
  }

  all(): Iterable<Line> {
    return this.#byConversation.values()
  }

  /** A copy, which stays as it is while listeners are removed. */
  ofListener(room: string): Line[] {
    return [...(this.#byListener.get(room) ?? [])]
  }

  /** The conversation's line, which begins at the head if there is none yet. */
  open(tenantId: string, head: Head): Line {
    const { conversationId } = head
    let line = this.#byConversation.get(conversationId)
    if (!line) {
      line = new Line(tenantId, conversationId, head)
      this.#byConversation.set(conversationId, line)
    }
    return line
  }

  addListener(line: Line, room: string): void {
    line.listeners.add(room)
    const theirs = this.#byListener.get(room)
    if (theirs) theirs.add(line)
    else this.#byListener.set(room, new Set([line]))
  }

  removeListener(line: Line, room: string): void {
    line.listeners.delete(room)
    const theirs = this.#byListener.get(room)
    if (theirs?.delete(line) && theirs.size === 0) this.#byListener.delete(room)
    this.closeIfUnused(line)
  }

  closeIfUnused(line: Line): void {
    if (line.listeners.size > 0 || line.isObserved || !line.isOpen) return
    line.isOpen = false
    this.#byConversation.delete(line.conversationId)
    clearTimeout(line.backfillTimer)
    for (const entry of line.takeBuffer()) this.#redelivery.later(entry, REDELIVER_MS)
  }
}
