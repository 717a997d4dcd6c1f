import { ParleyError } from '@parley/contracts'

/** The SQLSTATE of a failed statement, however deep the driver and the query builder have wrapped it. */
export function sqlStateOf(err: unknown): string | undefined {
  for (let at: unknown = err; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string') return code
  }
  return undefined
}

/** A row was locked by somebody else for longer than we wait. */
export const isLockTimeout = (err: unknown) => sqlStateOf(err) === '55P03'

/**
 * Whether the fault lies between us and the database, or in its load, and not in what was asked: connections (08), resources
 * (53), shutdown and cancellation (57), conflicts that a retry resolves (40), locks (55P03), and what sockets say.
 */
export function isTransient(err: unknown): boolean {
  const code = sqlStateOf(err)
  if (code === undefined)
    return /timeout|terminated|connection|closed|destroyed/i.test(err instanceof Error ? err.message : '')
  if (code === '55P03') return true
  return /^(08|40|53|57)/.test(code) || /^E[A-Z]+$/.test(code)
}

/** Rethrows, with a transient fault as `unavailable`, so that clients know to come back. */
export function unavailable(err: unknown): never {
  if (err instanceof ParleyError || !isTransient(err)) throw err
  const busy = isLockTimeout(err)
  throw new ParleyError(
    'unavailable',
    busy ? 'The conversation is busy; try again' : 'The database is out of reach; try again',
    {
      retryAfterMs: busy ? 250 : 1_000,
      cause: err,
    },
  )
}
