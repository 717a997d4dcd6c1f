/** After the first try that came to nothing, the second, ...: milliseconds. After the fifth it is a dead letter. */
const DELAYS_MS = [5_000, 30_000, 120_000, 600_000]
/** What a receiver asks for beyond this is forgotten, and looked at then. */
const LONGEST_MS = 6 * 3_600_000

/**
 * When the next try is, after so many; null: there is none. No two wait alike, so that what failed together does not return together. A
 * receiver is never asked sooner than it said.
 */
export function nextTryMs(tries: number, askedForMs = 0, random = Math.random): number | null {
  const delay = DELAYS_MS[tries - 1]
  if (delay === undefined) return null
  return Math.max(delay * (0.8 + random() * 0.4), Math.min(askedForMs, LONGEST_MS))
}
