import type { LiveEntry } from '@parley/contracts'

/**
 * Entries that have to be accepted once more: their line was closed, or their audience could not be asked for. Whoever
 * meets one puts it here; whoever accepts entries takes them from here, and the two need not know each other.
 */
export class Redelivery {
  #accept: (entry: LiveEntry) => void = () => {}

  /** Calls `accept` with each entry when it is due. */
  onDue(accept: (entry: LiveEntry) => void): void {
    this.#accept = accept
  }

  now(entry: LiveEntry): void {
    this.#accept(entry)
  }

  later(entry: LiveEntry, delayMs: number): void {
    setTimeout(() => this.#accept(entry), delayMs)
  }
}
