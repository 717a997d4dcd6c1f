import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** Either driver, inside a transaction. */
export type Tx = PgDatabase<PgQueryResultHKT>

/**
 * A connection of its own for batch calls, so that they never wait behind ordinary queries. One call at a time; what fails
 * to answer within the deadline has its connection destroyed, because nobody knows what it is doing.
 */
export interface Lane {
  /** Calls a function that returns one json value. `name` identifies the prepared statement. */
  call<T>(name: string, sql: string, params: unknown[]): Promise<T>
}

export interface TransactionOptions {
  tenantId: string
  /** All reads as of one moment, no writes. */
  snapshot?: boolean
}

/**
 * One owner's part of a database, and what its stores need of it: both drivers offer it, and one conformance suite holds them
 * to it.
 */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'pglite'
  /**
   * Row-level security sees the tenant for the length of the transaction. `work` is done again when a row was locked for
   * long, so it changes nothing but the database.
   */
  transaction<T>(options: TransactionOptions, work: (tx: Tx) => Promise<T>): Promise<T>
  openLane(name: string): Lane
  /** Asks a function that returns one json value, and sets its tenant itself. `name` identifies the prepared statement. */
  read<T>(name: string, sql: string, params: unknown[]): Promise<T>
  /** For the definer functions that know no tenant: relay, maintenance. */
  call<T>(sql: string, params?: unknown[]): Promise<T[]>
  /** Rejects when it does not answer. On a connection of its own where there are several: those at work keep nobody waiting. */
  check(): Promise<void>
  /** Throws while its disk is full, as far as is known: it is read then, and not written. */
  checkDisk(): void
  /** Applies what is missing of the owner's migrations and functions; safe for several processes at once. Returns their names. */
  migrate(): Promise<string[]>
}

/** Milliseconds. Waiting for a row longer than this means that its holder is in trouble. */
export const LOCK_TIMEOUT_MS = 250
/**
 * A transaction that found a row locked is tried again for so long. The connection is free in between, and whoever else
 * waits for one has it.
 */
export const LOCK_PATIENCE_MS = 750
/** A transaction that its client forgot gives its locks back. */
export const IDLE_IN_TRANSACTION_MS = 3_000
/** Two seconds after a request came in, its caller knows that the database is out of reach. */
export const TRANSACTION_DEADLINE_MS = 1_800
/** After this a batch call's connection is destroyed. */
export const LANE_DEADLINE_MS = 1_500
