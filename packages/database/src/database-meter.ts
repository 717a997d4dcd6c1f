import type { DatabaseOwner } from './owner.ts'

/** How a process shows what it measures, as far as a database has to know. */
export interface ShownMeters {
  show: (reading: { name: string; help: string; labels: Record<string, string>; read: () => Promise<number> }) => void
  measure: (distribution: {
    name: string
    help: string
    label: string
    buckets: readonly number[]
  }) => (value: number, label: string) => void
}

/** Connections of a pool, and how many callers wait for one. */
export interface PoolState {
  open: number
  idle: number
  waiting: number
}

/** What a pool says of itself. */
export interface PoolMeter {
  /** A caller has had a connection after so many seconds. */
  waited(seconds: number): void
  watch(state: () => PoolState): void
}

/** From a connection that was idle to the deadline of a transaction. Seconds. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 1.8]

/** For the pools of a process, one for each owner whose tables it reaches. */
export function createPoolMeters({ show, measure }: ShownMeters): (owner: DatabaseOwner) => PoolMeter {
  const waits = measure({
    name: 'parley_database_wait_seconds',
    help: 'How long transactions and single statements waited for a connection of the pool',
    label: 'owner',
    buckets: BUCKETS,
  })
  return ({ name: owner }) => ({
    waited: (seconds) => waits(seconds, owner),
    watch(state) {
      const shown = (which: string, read: () => number) =>
        show({
          name: 'parley_database_connections',
          help: 'Connections of the pool: at work and idle; `waiting` are callers that have none yet',
          labels: { owner, state: which },
          read: async () => read(),
        })
      shown('busy', () => state().open - state().idle)
      shown('idle', () => state().idle)
      shown('waiting', () => state().waiting)
    },
  })
}
