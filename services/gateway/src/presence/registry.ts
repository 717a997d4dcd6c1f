import type { Person, Seat } from './seat.ts'
import { type Standing, standingOf } from './seat.ts'

/** So nothing stays for good of addresses that a gateway had when it was killed. Milliseconds. */
export const COUNTS_KEPT_MS = 86_400_000

/** Somebody is otherwise than was said last; null: they are gone. `at`: since when, in epoch milliseconds. */
export interface PresenceChange extends Person {
  standing: Standing | null
  at: number
}

/** Somebody who is gone, and when they were there last, in epoch milliseconds. */
export interface Gone extends Person {
  at: number
}

/** How somebody is on all gateways together. Null: nowhere. */
export interface Whereabouts {
  standing: Standing | null
  focused: readonly string[]
  /** Their sockets, as text. */
  sockets: readonly string[]
}

/**
 * What the gateways of a system know together of who is connected. A gateway says how its own people are, and says again and again that it is
 * there itself: what it has said holds as long as that. Whoever is nowhere any more is gone after a grace, in which they may come back, and
 * of that, as of each change, everybody hears once. Whatever is asked rejects while the registry is out of reach.
 */
export interface PresenceRegistry extends AsyncDisposable {
  readonly connected: boolean
  /** How these are here now; null: not any more. False: this gateway is not known, and nothing was taken: `beat`, and say everything again. */
  put(seats: readonly (Person & { seat: Seat | null })[]): Promise<boolean>
  /**
   * This gateway is there. With `sweep`, lets go of those whose grace is over and of gateways that have fallen silent, some at a time: `gone`
   * are those of whom this call has told, and `more` says whether there are others. `known`: what this gateway said before still holds.
   */
  beat(opts: { sweep: boolean }): Promise<{ known: boolean; gone: Gone[]; more: boolean }>
  /**
   * How many sockets there are here of each of these names; of each, how many the other gateways have. What is said holds for
   * `COUNTS_KEPT_MS`, unless it is said again.
   */
  count(sockets: readonly { name: string; here: number }[]): Promise<number[]>
  /** In their order; their sockets are told where they are asked for, since nearly nobody does. */
  find(people: readonly Person[], asked?: { sockets: boolean }): Promise<Whereabouts[]>
  /** From when it resolves, changes of the tenant's people are heard. Those of others may be as well. */
  listenTo(tenantId: string): Promise<void>
  /** Must not throw. */
  onChange(listener: (change: PresenceChange) => void): void
  /** Called when a connection that was lost is back: changes may have been missed, and what was put may be gone. */
  onBack(listener: () => void): void
}

export interface PresenceTimes {
  /** How long a gateway that has fallen silent counts. Milliseconds. */
  lifeMs: number
  /** How long somebody who is nowhere may come back without a word. Milliseconds. */
  graceMs: number
}

/** What several seats come to: there on any device is there. */
export function whereaboutsOf(seats: readonly Seat[]): Whereabouts {
  return {
    standing: standingOf(seats.map(({ standing }) => standing)),
    focused: seats.flatMap(({ focused }) => focused),
    sockets: seats.flatMap(({ sockets }) => sockets),
  }
}
