import type { ContextRef } from '@parley/contracts'

/** What is done at a time of its own, by kind, with what it needs to know. Its handler stands under the same name in `domain/jobs`. */
export interface JobPayloads {
  /** The key is the message, which says when that is. */
  expire_message: Record<never, never>
  erase_events: Record<never, never>
  /** The scheduled message whose id is the key is due. `unchecked`: its host has not answered so many times, and since when. */
  send_scheduled: { unchecked?: { since: string; times: number } }
  /** The held message whose id is the key was let through. */
  send_held: object
  /** Conversations of the context have not all been told of its change. */
  tell_context: ContextRef
}
export type JobKind = keyof JobPayloads

export interface Jobs {
  /**
   * To be done at `dueAt` by the database's clock, or as soon as this is committed. There is one job of a kind for a key: again moves
   * it. It may be done more than once.
   */
  schedule<K extends JobKind>(job: { kind: K; key: string; dueAt?: string; payload: JobPayloads[K] }): Promise<void>
  /** The same, where there is no job for the key: one that is there stays as it is. Only one that is being put there is waited for. */
  scheduleOnce<K extends JobKind>(job: { kind: K; key: string; dueAt?: string; payload: JobPayloads[K] }): Promise<void>
  /** What is at work already comes to its end: a handler looks for itself whether there is still something to do. */
  cancel(kind: JobKind, key: string): Promise<void>
}

export interface DueJob<Payload> {
  tenantId: string
  key: string
  /** For when it was scheduled. */
  dueAt: string
  payload: Payload
  /** Counts from 1. */
  attempt: number
}

/**
 * Does each kind of job. One that throws is tried again, longer after each time, and goes aside in the end; `unavailable` is tried for
 * ever. It may answer that there is more to do, and after how many milliseconds. `signal` is aborted when it is to stop and come again.
 */
export type JobHandlers = {
  readonly [K in JobKind]: (
    job: DueJob<JobPayloads[K]>,
    context: { signal: AbortSignal },
  ) => Promise<{ againMs: number } | undefined>
}
