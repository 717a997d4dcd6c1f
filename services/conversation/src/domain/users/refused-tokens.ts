import { CLOCK_LEEWAY_MS } from '@parley/contracts'
import type { RefusedTokens } from '../ports/users.ts'
import { invalidField } from '../refusals.ts'

/** As many ended sessions are kept of somebody, and for so long. Messages read that row. */
const MAX_ENDED = 50
const KEPT_MS = 90 * 24 * 3_600_000

/**
 * The same, and without the tokens that were issued before a time. Tokens say it in whole seconds, by the clock of whoever issues them:
 * `before` is of that clock. Left out, it is the end of this second, so that what was issued in it is refused as well; the clocks are taken
 * for the same then, for whoever logs in right after has to come in.
 */
export function withRevoked(refused: RefusedTokens, before: string | undefined, now: number): RefusedTokens {
  const time = before === undefined ? nextSecond(now) : Date.parse(before)
  // RFC 3339 has leap seconds, which dates in JavaScript have not
  if (Number.isNaN(time)) throw invalidField('/before', 'date-time', 'is not a time that can be kept')
  if (time > Math.max(now + CLOCK_LEEWAY_MS, nextSecond(now)))
    throw invalidField(
      '/before',
      'future',
      'is more than a minute from now: tokens that are handed out until then would be refused',
    )
  return { ...refused, revokedBefore: Math.max(refused.revokedBefore ?? 0, time) }
}

/**
 * The same, and without the tokens of a session. One that is too old to be kept takes with it what was issued before it ended, so that none
 * is ever of use again.
 */
export function withEnded(
  { revokedBefore, endedSessions }: RefusedTokens,
  sessionId: string,
  now: number,
): RefusedTokens {
  const ended = { [sessionId]: now, ...endedSessions }
  const byAge = Object.entries(ended).sort(([, one], [, other]) => other - one)
  const kept = byAge.slice(0, MAX_ENDED).filter(([, at]) => at > now - KEPT_MS)
  // the newest of those that go
  const gone = byAge[kept.length]?.[1]
  return {
    revokedBefore: gone === undefined ? revokedBefore : Math.max(revokedBefore ?? 0, nextSecond(gone)),
    endedSessions: Object.fromEntries(kept),
  }
}

const nextSecond = (time: number) => (Math.floor(time / 1000) + 1) * 1000
