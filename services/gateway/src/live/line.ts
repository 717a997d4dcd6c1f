import { type Counters, type LiveEntry, positionOf } from '@parley/contracts'
import { observerRoom } from '../io.ts'

/**
 * One conversation on this gateway: how far its sockets were delivered to, who they are, and which entries came too early.
 * Positions are dense, so whether an entry is next in line is a matter of comparing numbers.
 */
export class Line {
  readonly tenantId: string
  readonly conversationId: string
  /** Rooms of the local users to whom the line delivers. The registry, which also finds lines by room, changes them. */
  readonly listeners = new Set<string>()
  /** An admin here observes the conversation, without being in it. */
  isObserved = false
  /** False once the registry has closed it: answers that come afterwards concern it no more. */
  isOpen = true
  /** The audience of an entry is being asked for; those behind it wait, so that order is kept. */
  isDelivering = false
  /** What is missing before the buffered entries is being fetched. */
  isBackfilling = false
  /** Who is in the conversation is being asked. */
  isCheckingMembers = false
  /** Set while a backfill is planned. */
  backfillTimer: NodeJS.Timeout | undefined
  #seq: number
  #rev: number
  #beganAt: number
  /** When it was last known to be where the conversation is, by performance.now(). */
  #confirmedAt = performance.now()
  /** Ascending by position. */
  #buffer: LiveEntry[] = []
  /** Since when nothing buffered was next in line, by performance.now(); 0 while nothing is buffered. */
  #stuckSince = 0

  constructor(tenantId: string, conversationId: string, head: Counters) {
    this.tenantId = tenantId
    this.conversationId = conversationId
    this.#seq = head.seq
    this.#rev = head.rev
    this.#beganAt = positionOf(head)
  }

  /** Where the conversation stands for the sockets here: everything up to it was delivered, or left to a resync. */
  get head(): Counters {
    return { seq: this.#seq, rev: this.#rev }
  }

  get position(): number {
    return this.#seq + this.#rev
  }

  /** Everything after this position was delivered by this line. What lies before it was not, to whoever is new to it. */
  get beganAt(): number {
    return this.#beganAt
  }

  get confirmedAt(): number {
    return this.#confirmedAt
  }

  /** Somebody who knows says that it has not missed anything, or what it has. */
  confirm(): void {
    this.#confirmedAt = performance.now()
  }

  get buffered(): number {
    return this.#buffer.length
  }

  /** For how long nothing buffered has become next in line, milliseconds. */
  get stuckForMs(): number {
    return performance.now() - this.#stuckSince
  }

  /** What to do with an entry, given how far the line has come and what is under way. */
  place(entry: LiveEntry): 'deliver' | 'buffer' | 'skip' {
    if (this.isDelivering || this.isBackfilling) return 'buffer'
    const there = positionOf(entry)
    if (entry.span > 0 && there <= this.position) return 'skip'
    if (there - entry.span > this.position) return 'buffer'
    return entry.event === '' ? 'skip' : 'deliver'
  }

  /** Moves up to a head, never back. */
  moveTo(head: Counters): void {
    if (positionOf(head) <= this.position) return
    this.#seq = head.seq
    this.#rev = head.rev
    this.confirm()
  }

  /** Goes on from a head whose changes up to there were not delivered: listeners have to resync. */
  restartAt(head: Counters): void {
    if (positionOf(head) <= this.position) return
    this.moveTo(head)
    this.#beganAt = this.position
  }

  /** Keeps an entry for later, in order of position; the same one twice is kept once. */
  buffer(entry: LiveEntry): void {
    const there = positionOf(entry)
    let at = this.#buffer.length
    while (at > 0 && positionOf(this.#buffer[at - 1]!) > there) at--
    for (let i = at - 1; i >= 0 && positionOf(this.#buffer[i]!) === there; i--)
      if (this.#buffer[i]!.event === entry.event && this.#buffer[i]!.json === entry.json) return
    this.#buffer.splice(at, 0, entry)
    if (this.#stuckSince === 0) this.#stuckSince = performance.now()
  }

  /** Takes the buffered entry that is next in line, and lets go of those before it that are past. */
  takeNext(): LiveEntry | undefined {
    for (;;) {
      const [entry] = this.#buffer
      const place = entry && this.place(entry)
      if (!entry || place === 'buffer') return undefined
      this.#buffer.shift()
      if (this.#buffer.length === 0) this.#stuckSince = 0
      if (place === 'deliver') return entry
    }
  }

  /** Takes all that is buffered. */
  takeBuffer(): LiveEntry[] {
    this.#stuckSince = 0
    return this.#buffer.splice(0)
  }

  /** The line has moved on: how long the buffered entries wait is counted from here. */
  restartWaiting(): void {
    if (this.#buffer.length > 0) this.#stuckSince = performance.now()
  }

  /** Whoever observes the conversation hears what the listeners do. */
  withObservers(rooms: readonly string[]): readonly string[] {
    return this.isObserved ? [...rooms, observerRoom(this.conversationId)] : rooms
  }
}
