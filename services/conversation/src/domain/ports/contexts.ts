import type { Context, ContextMember } from '@parley/contracts'

export interface Contexts {
  find(ref: { type: string; id: string }): Promise<Context | null>
  /** Locks the row: to `change` it alone, or to `start` its conversations together with others who start. */
  lock(ref: { type: string; id: string }, purpose: 'start' | 'change'): Promise<Context | null>
  /**
   * Null when the version that is stored is as high. Leaves the row locked. `renamed`: title, status or parent are not what
   * they were; `restated`: the status is not.
   */
  upsert(context: {
    type: string
    id: string
    title: string | null
    status: string | null
    version: number | null
    parent: { type: string; id: string } | null
    members: ContextMember[]
    metadata: object
  }): Promise<{ context: Context; created: boolean; renamed: boolean; restated: boolean } | null>
}
