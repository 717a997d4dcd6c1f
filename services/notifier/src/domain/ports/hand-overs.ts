import type { DeadLetter, NotificationKind } from '@parley/contracts'

/** What became of a hand-over: `dead` was tried often enough, `refused` will never be taken; either can be driven again. */
export type HandOverState = 'waiting' | 'accepted' | 'withdrawn' | 'gone' | 'refused' | 'dead'

/** What is to be handed over. One that is about the same and waits for the same target still becomes one with it. */
export interface NewHandOver {
  userId: string
  channel: string
  /** The device, or the address. */
  target: string
  /** Left out: the conversation. */
  collapseKey?: string
  kind: NotificationKind
  /** What was shown is taken away, and nothing is shown. It takes the place of what waits, and the other way round. */
  withdraws?: boolean
  /** Null: it is about several; it needs a collapse key then. */
  conversationId: string | null
  fromSeq: number
  toSeq: number
  /** When the first of what it is about happened. */
  eventAt: string
  /** Left out: as soon as the transaction is committed. */
  dueAt?: string
}

/** A hand-over in the hands of this process. */
export interface TakenHandOver extends Required<Omit<NewHandOver, 'dueAt'>> {
  id: string
  tenantId: string
  /** How often it was taken, by which it is known who has it. Counts from 1. */
  attempt: number
  /** How often of these whoever took it never said what came of it: its process ended. The others are tries. */
  lost: number
  /** Under which ids it may have come to its receiver, and up to which message, in their order; null: under its own alone. */
  sentAs: readonly (readonly [id: string, seq: number])[] | null
}

/** How a try ended. */
export type Settlement =
  | { state: Exclude<HandOverState, 'waiting'>; reason: string | null }
  /** To be tried again after so many milliseconds; `counts`: it was a try; `left`: one that nobody saw to its end. */
  | { state: 'waiting'; reason: string | null; afterMs: number; counts: boolean; left?: true }

export interface HandOverRepository {
  /** Stores what is to be handed over, and sees to it that somebody does. Last in a transaction: it locks what others of the tenant wait for. */
  store(handOvers: readonly NewHandOver[]): Promise<void>
  /**
   * Takes up to so many of a channel that are due, the longest due first; whoever dies over them gives them back by the end of the lease.
   * What is about the same as one that somebody has waits until that is settled. What was lost often is left to `takeLost`.
   */
  take(channel: string, limit: number): Promise<TakenHandOver[]>
  /** Takes the one that is due the longest of those that were lost often: what ends each process may be among them. */
  takeLost(channel: string): Promise<TakenHandOver | undefined>
  /** Says how tries ended. Says nothing about one that another took over meanwhile, unless that it is over. */
  settle(settled: readonly { taken: Pick<TakenHandOver, 'id' | 'attempt'>; how: Settlement }[]): Promise<void>
  /** Milliseconds until the next one of a channel is due that may be taken, 0 or less for now; undefined: none waits. */
  nextIn(channel: string): Promise<number | undefined>
  /** Has others take from a channel as well. */
  share(channel: string): Promise<void>
  /** What no receiver took, the newest first. */
  deadLetters(wanted: { limit: number; channel?: string; before?: string }): Promise<DeadLetter[]>
  /** Has up to so many of those tried again, the newest first; returns how many. One for which another waits is as good as tried. */
  redrive(wanted: { limit: number; ids?: readonly string[]; channel?: string }): Promise<number>
}
