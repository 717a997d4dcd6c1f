import type { Context, ContextMember, ContextRef } from '@parley/contracts'

/** How far the conversations of a context have been brought, in the order of their ids. */
export interface Progress {
  after: string | null
  /** The next one has been told of the context, and not yet of all who come and go. */
  toldNext: boolean
}

/**
 * What the conversations of a context have still to be told. Where another change came before all were, those that the former had
 * reached are not told of it again: it is for those behind its own `after`.
 */
export interface Untold extends Progress {
  /** What it tells of the context has changed, and who did it, where the host has said that. */
  renamed: { after: string | null; by: string | null } | null
  /** Its status has. */
  restated: { after: string | null } | null
}

export interface Contexts {
  find(ref: ContextRef): Promise<Context | null>
  /** Locks the row, together with others who start its conversations. */
  lock(ref: ContextRef): Promise<Context | null>
  /** Locks the row, to change its conversations alone. */
  lockUntold(ref: ContextRef): Promise<{ context: Context; untold: Untold | null } | null>
  setUntold(ref: ContextRef, untold: Untold | null): Promise<void>
  /**
   * Leaves the row locked. `applied`: not when the version that is stored is as high. `renamed`: title, status or parent are not what
   * they were; `restated`: the status is not. `untold` is left of an earlier call.
   */
  upsert(context: {
    type: string
    id: string
    title: string | null
    status: string | null
    version: number | null
    parent: ContextRef | null
    members: ContextMember[]
    metadata: object
  }): Promise<{
    context: Context
    created: boolean
    applied: boolean
    renamed: boolean
    restated: boolean
    untold: Untold | null
  }>
}
