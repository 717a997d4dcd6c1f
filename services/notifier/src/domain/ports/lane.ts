import type { Outcome } from './channel.ts'
import type { TakenHandOver } from './hand-overs.ts'
import type { Standings } from './standing.ts'

/** A hand-over, and what may still leave of it: nothing where somebody has read it meanwhile, or may not see it any more. */
export interface Asked extends Standings {
  taken: TakenHandOver
}

/** One that is ready to leave. Its words are in it, and go with it. */
export interface Prepared {
  handOver(context: { signal: AbortSignal }): Promise<Outcome>
  /** There is no such device or address any more. */
  forget(reason: string): Promise<void>
}

/** What waits in a tenant for a channel, and how it is made ready for it. */
export interface Lane {
  /** The channel's name. */
  readonly channel: string
  /** Makes each ready, in their order. One for which nothing is to leave is settled instead. */
  prepare(tenantId: string, asked: readonly Asked[]): Promise<(Prepared | Unsent)[]>
}

/** Nothing leaves, and why; or nothing does yet, and it is looked at again after so many milliseconds. */
export type Unsent =
  | { state: 'withdrawn' | 'gone' | 'refused'; reason: string }
  | { state: 'waiting'; reason: string; afterMs: number }
