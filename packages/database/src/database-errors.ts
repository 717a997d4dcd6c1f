import { ParleyError } from '@parley/contracts'

/** From the outermost error to what first went wrong, however deep the driver and the query builder have wrapped it. */
function* causesOf(err: unknown): Generator<Error> {
  for (let at = err; at instanceof Error; at = at.cause) if (!(at instanceof ParleyError)) yield at
}

/** The SQLSTATE of a failed statement, or what the socket says. */
export function sqlStateOf(err: unknown): string | undefined {
  for (const { code } of causesOf(err) as Generator<{ code?: unknown }>) if (typeof code === 'string') return code
  return undefined
}

/** A row was locked by somebody else for longer than we wait. */
export const isLockTimeout = (err: unknown) => sqlStateOf(err) === '55P03'

/**
 * Whether the fault lies between us and the database, or in its load, and not in what was asked: connections (08), resources
 * (53), shutdown and cancellation (57), conflicts that a retry resolves (40), locks (55P03), a server that became a standby
 * (25006), a transaction that took too long (25P03, 25P04), and what sockets say.
 */
export function isTransient(err: unknown): boolean {
  const code = sqlStateOf(err)
  if (code !== undefined) return /^(08|40|53|57|25006|25P0[34]|55P03)/.test(code) || /^E(?!RR_)[A-Z_]+$/.test(code)
  // The driver's own errors have no code. The query builder's have the query in their text: only the innermost is asked.
  const innermost = [...causesOf(err)].at(-1)
  return /timeout|terminated|connection|closed|destroyed|after calling end/i.test(innermost?.message ?? '')
}

export const busy = (cause?: unknown) =>
  new ParleyError('unavailable', 'Others are changing the same; try again', { retryAfterMs: 250, cause })

export const outOfReach = (cause?: unknown) =>
  new ParleyError('unavailable', 'The database is out of reach; try again', { retryAfterMs: 1_000, cause })

/** The database has no room left for what was to be written. */
export const isDiskFull = (err: unknown) => ['53100', 'ENOSPC'].includes(sqlStateOf(err) ?? '')

export const diskFull = (cause?: unknown) =>
  new ParleyError('unavailable', 'The disk of the database is full: nothing can be written until there is room', {
    retryAfterMs: 5_000,
    cause,
  })

/**
 * The query builder quotes all values in its message, PGlite has them in a field, and the server quotes the row: what people
 * wrote and who they are would end in the log with the first lock that was waited for in vain.
 */
export function withoutValues(err: unknown): unknown {
  for (const cause of causesOf(err) as Generator<Error & { params?: unknown; detail?: unknown }>) {
    const { message } = cause
    const at = message.indexOf('\nparams: ')
    if (at >= 0) {
      const { stack } = cause
      cause.message = message.slice(0, at)
      if (stack) cause.stack = stack.replace(message, () => cause.message)
    }
    delete cause.params
    delete cause.detail
  }
  return err
}

/** Rethrows, with a transient fault as `unavailable`, so that clients know to come back. */
export function unavailable(err: unknown): never {
  withoutValues(err)
  if (err instanceof ParleyError || !isTransient(err)) throw err
  if (isDiskFull(err)) throw diskFull(err)
  throw isLockTimeout(err) ? busy(err) : outOfReach(err)
}
