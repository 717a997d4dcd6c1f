import { ParleyError, SetupError } from '@parley/contracts'
import { sqlStateOf } from './database-errors.ts'

/** What waiting does not mend, by SQLSTATE or what the system says. */
const reasons: Record<string, string> = {
  '28P01': 'it refuses the password. Correct user and password in DATABASE_URL, or in the server.',
  '28000': 'it refuses this user. Correct the user in DATABASE_URL, or let it in in pg_hba.conf.',
  '3D000': 'there is no such database. Create it, or correct its name in DATABASE_URL.',
  '42501': 'this user may not do what is needed. See the README on the rights of the database user.',
}
/** What may be a moment too early, as when everything starts at once. */
const passing: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there. Start Postgres, or correct the address in DATABASE_URL.',
  ENOTFOUND: 'there is no host of that name. Correct it in DATABASE_URL.',
  EAI_AGAIN: 'the name of the host cannot be looked up.',
  EHOSTUNREACH: 'the host is not reachable from here.',
  ETIMEDOUT: 'it does not answer. Is that address a Postgres, and reachable from here?',
  '57P03': 'it is starting up.',
  '53300': 'it has no connection left.',
}

/**
 * Why there is no connection to the Postgres of `url`: a SetupError for what somebody has to mend, `unavailable` for what time may
 * mend. Both name the server, without credentials.
 */
export function unreachable(url: string, err: unknown): Error {
  const code = sqlStateOf(err) ?? 'ETIMEDOUT'
  const at = `No connection to Postgres at ${placeOf(url)}`
  const reason = reasons[code]
  if (reason !== undefined) return new SetupError(`${at}: ${reason}`, { cause: err })
  const { message } = err as Error
  const text = passing[code] ?? (message || code)
  return new ParleyError('unavailable', `${at}: ${text}`, { retryAfterMs: 1_000, cause: err })
}

/** `host:port/database`. */
function placeOf(url: string): string {
  const { host, hostname, port, pathname } = new URL(url)
  return `${port ? host : `${hostname}:5432`}${pathname}`
}
