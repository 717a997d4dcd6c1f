import type { DeadEvent, EventPlace } from '@parley/contracts'

/** What a consumer could not handle. */
export interface NewDeadEvent
  extends Pick<DeadEvent, 'consumer' | 'eventId' | 'subject' | 'sequence' | 'type' | 'conversationId' | 'error'> {
  /** What it takes to tell of it again; null: it never will be. */
  place: EventPlace | null
}

/** One that is to be handled again. */
export interface WaitingDeadEvent extends Pick<DeadEvent, 'id' | 'consumer' | 'failures'> {
  place: EventPlace | null
}

export interface DeadEventRepository {
  /** Puts one aside; again where it was put aside before. */
  put(event: NewDeadEvent): Promise<void>
  /** The newest first; `before` is the id of the last one that was seen. */
  list(wanted: { limit: number; before?: string }): Promise<DeadEvent[]>
  /** Has up to so many handled again, the newest first; returns how many. */
  redrive(wanted: { limit: number; ids?: readonly string[] }): Promise<number>
  /** Up to so many that are to be handled again, the eldest first. */
  waiting(limit: number): Promise<WaitingDeadEvent[]>
  /** It was handled. */
  remove(id: string): Promise<void>
  /** It could not be handled, or is lost; what was put aside anew meanwhile stays so. */
  settle(id: string, how: { state: 'aside' | 'lost'; error: string }): Promise<void>
}
