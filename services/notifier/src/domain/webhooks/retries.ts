const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long it is waited after the first try, the second, and so on: ten tries over three days. Milliseconds. */
export const RETRY_DELAYS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const

/** No receiver says for longer when it wants to be asked again. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR

/**
 * When what has failed so often is tried again; null: not any more. No two wait alike, so that what failed together does not return
 * together; and never shorter than the receiver has asked for.
 */
export function retryDelayMs(attempt: number, retryAfterMs = 0, random = Math.random): number | null {
  const delay = RETRY_DELAYS_MS[attempt - 1]
  if (delay === undefined) return null
  return Math.max(delay * (0.9 + random() / 5), Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS))
}

/** After so many tries in a row that came to nothing an endpoint is only looked at now and then, by one try. */
export const FAILING_AFTER = 3
const LONGEST_REST_MS = MINUTE

/** How long the lane of an endpoint rests at which nothing of a turn came to anything. */
export function restMs(failures: number, retryAfterMs = 0): number {
  const rest = failures < FAILING_AFTER ? 0 : Math.min(SECOND * 2 ** (failures - FAILING_AFTER), LONGEST_REST_MS)
  return Math.max(rest, Math.min(retryAfterMs, HOUR))
}

/** The milliseconds that a `Retry-After` header (RFC 9110, 10.2.3) asks for: seconds, or a time. */
export function readRetryAfter(header: string | undefined, now = Date.now()): number {
  if (header === undefined) return 0
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND
  const at = Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}
