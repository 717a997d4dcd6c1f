import { whyRefused } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { revocationOf } from '../access.ts'
import type { RefusedTokens } from '../ports/users.ts'
import { withEnded, withRevoked } from './refused-tokens.ts'

const SECOND = 1_000
const DAY = 24 * 3_600 * SECOND
/** In the middle of a second. */
const NOW = Date.parse('2026-03-02T10:15:30.400Z')
const none: RefusedTokens = { revokedBefore: null, endedSessions: null }

/** Why a token is refused that was issued at a time, which it says in whole seconds, where the clock shows `now`. */
const verdict = (refused: RefusedTokens, issuedAt: number | undefined, sessionId = 's', now = NOW) =>
  whyRefused(
    { sessionId, ...(issuedAt !== undefined && { issuedAt: Math.floor(issuedAt / SECOND) }) },
    revocationOf(refused),
    now,
  )

describe('tokens that are taken back', () => {
  test('are those of before and of the same second; from the next one on they are good', () => {
    const refused = withRevoked(none, undefined, NOW)
    expect(revocationOf(refused).revokedBefore).toBe('2026-03-02T10:15:31.000Z')
    const issued = [NOW - DAY, NOW - 1, NOW, NOW + 300, NOW + 600, NOW + 5_000]
    expect(issued.map((at) => verdict(refused, at))).toEqual(['revoked', 'revoked', 'revoked', 'revoked', null, null])
    expect(verdict(none, NOW - DAY)).toBeNull()
  })

  test('are also those that do not say when they were issued, or say what no clock within a minute of ours may show', () => {
    const refused = withRevoked(none, undefined, NOW)
    expect(verdict(refused, undefined)).toBe('revoked')
    expect([verdict(refused, NOW + 60 * SECOND), verdict(refused, NOW + 62 * SECOND)]).toEqual([null, 'revoked'])
    // once the clock has come so far it is a time like others
    expect(verdict(refused, NOW + 62 * SECOND, 's', NOW + 5 * SECOND)).toBeNull()
    expect(verdict(none, NOW + 62 * SECOND)).toBeNull()
  })

  test('go by the clock of whoever issues them where the host says a time, at most a minute ahead, and never less than before', () => {
    // the issuer's clock is 50 s ahead of ours
    const theirs = new Date(NOW + 50 * SECOND).toISOString()
    const refused = withRevoked(none, theirs, NOW)
    expect([verdict(refused, NOW + 49 * SECOND), verdict(refused, NOW + 51 * SECOND)]).toEqual(['revoked', null])
    expect(() => withRevoked(none, new Date(NOW + 61 * SECOND).toISOString(), NOW)).toThrow(/more than a minute/)
    expect(() => withRevoked(none, '2016-12-31T23:59:60Z', NOW)).toThrow(/not a time/)
    expect(revocationOf(withRevoked(none, '0000-01-01T00:00:00Z', NOW)).revokedBefore).toBe('1970-01-01T00:00:00.000Z')
    expect(withRevoked(refused, new Date(NOW - DAY).toISOString(), NOW)).toEqual(refused)
    expect(withRevoked(refused, theirs, NOW + DAY)).toEqual(refused)
  })
})

describe('sessions that are ended', () => {
  test('take their own tokens with them, whenever issued, and no others', () => {
    const refused = withEnded(none, 'phone', NOW)
    expect(verdict(refused, NOW + 5_000, 'phone')).toBe('ended')
    expect(verdict(refused, NOW - DAY, 'laptop')).toBeNull()
    expect(withEnded(refused, 'phone', NOW + DAY)).toEqual(refused)
  })

  test('are kept in a bounded number and for a bounded time, and of those that are not no token comes back', () => {
    let refused = none
    for (let i = 0; i < 50; i++) refused = withEnded(refused, `s${i}`, NOW + i * SECOND)
    expect([Object.keys(refused.endedSessions!).length, refused.revokedBefore]).toEqual([50, null])
    refused = withEnded(refused, 'one more', NOW + 50 * SECOND)
    expect(Object.keys(refused.endedSessions!)).toHaveLength(50)
    expect(verdict(refused, NOW - DAY, 's0')).toBe('revoked')
    expect(verdict(refused, NOW + SECOND, 'another')).toBeNull()
    const later = withEnded(refused, 'much later', NOW + 91 * DAY)
    expect(Object.keys(later.endedSessions!)).toEqual(['much later'])
    const now = NOW + 91 * DAY
    expect([verdict(later, NOW, 's49', now), verdict(later, NOW + DAY, 'x', now)]).toEqual(['revoked', null])
  })
})
