import type { Database } from './database.ts'
import { isLockTimeout } from './database-errors.ts'

/** How long the direct way after the commit has before the relay takes an event over. */
export const RELAY_AFTER_MS = 5_000
const CLAIM_LIMIT = 20

/** Changes of one commit that nobody has acknowledged in time. */
export interface ClaimedEvents<Change> {
  eventId: number
  /** Each change with its payload as it is now; null for one whose rows are gone. */
  changes: (Change | null)[]
}

/** What an owner's `claim_events` answers at least; the columns that say what happened are the owner's. */
export interface ClaimRow {
  event_id: string | number
  event_at: Date | string
  /** Null when the event is older than what is kept, and has nothing to tell any more. */
  type: string | null
}

/** What of the outbox waits and since when, each counted up to `MOST_COUNTED`. */
export interface OutboxState {
  depth: number
  /** For how long the one that has waited longest has. */
  ageSeconds: number
  /** Went aside after refusals. */
  parked: number
}

const MOST_COUNTED = 100_000

export interface OutboxOptions<Row extends ClaimRow, Change> {
  database: Database
  /** The types of events that this process can tell; others are left to those that know them. */
  types: readonly string[]
  /** Reads the changes of an event from the present rows. */
  rebuild: (row: Row & { type: string }) => Promise<(Change | null)[]>
}

/**
 * Events of committed transactions that the event stream has not acknowledged. The owner's schema has them in `outbox`, and the
 * functions acknowledge_events, claim_events, refuse_event, replay_events, outbox_state and maintain_event_partitions.
 */
export interface Outbox<Change> {
  acknowledge(eventIds: number[]): Promise<void>
  /** Takes over events that nobody has acknowledged in time, for ten seconds. */
  claim(olderThanMs?: number): Promise<ClaimedEvents<Change>[]>
  /** Counts a refusal of the event itself; true when it went aside. */
  refuse(eventId: number): Promise<boolean>
  /** Queues everything since a time again. Returns the number of entries. */
  replay(since: Date): Promise<number>
  maintain(): Promise<void>
  /** What the event stream does not have yet. */
  state(): Promise<OutboxState>
}

/** The outbox of an owner. */
export function createOutbox<Row extends ClaimRow, Change>(options: OutboxOptions<Row, Change>): Outbox<Change> {
  const { database, types, rebuild } = options
  const knowsType = (row: Row): row is Row & { type: string } => row.type !== null
  return {
    async acknowledge(eventIds) {
      await database.call('SELECT acknowledge_events($1)', [eventIds])
    },
    async claim(olderThanMs = RELAY_AFTER_MS) {
      const rows = await database.call<Row>(
        `SELECT * FROM claim_events($1, $2::double precision * interval '1 millisecond', $3)`,
        [CLAIM_LIMIT, olderThanMs, types],
      )
      return Promise.all(
        rows.map(async (row) => ({
          eventId: Number(row.event_id),
          changes: knowsType(row) ? await rebuild(row) : [],
        })),
      )
    },
    async refuse(eventId) {
      const [row] = await database.call<{ refuse_event: boolean | null }>('SELECT refuse_event($1)', [eventId])
      return row?.refuse_event ?? false
    },
    async state() {
      const [row] = await database.call<{ depth: string; age_seconds: number; parked: string }>(
        'SELECT * FROM outbox_state($1)',
        [MOST_COUNTED],
      )
      return { depth: Number(row!.depth), ageSeconds: row!.age_seconds, parked: Number(row!.parked) }
    },
    replay: (since) => replayEvents(database, since),
    async maintain() {
      await database.call('SELECT maintain_event_partitions()').catch((err) => {
        // days are made well ahead: when others hold the table now, the next time does as well
        if (!isLockTimeout(err)) throw err
      })
    },
  }
}

/** Queues everything since a time again; running services publish it. Returns the number of entries. */
export async function replayEvents(database: Database, since: Date): Promise<number> {
  const [row] = await database.call<{ replay_events: string }>('SELECT replay_events($1)', [since.toISOString()])
  return Number(row!.replay_events)
}
