import { expect, test } from 'vitest'
import { presenceText } from './presence.ts'

const now = new Date('2026-01-15T09:30:00.000Z')
const ben = { userId: 'ben', online: false, lastSeenAt: null }

test('whoever is there is online or away, whoever is not was seen some time ago, and of others nothing is said', () => {
  expect(presenceText({ ...ben, online: true, state: 'active' }, now)).toBe('Online')
  expect(presenceText({ ...ben, online: true, state: 'away' }, now)).toBe('Away')
  const seen = (lastSeenAt: string) => presenceText({ ...ben, state: 'offline', lastSeenAt }, now)
  expect(seen('2026-01-15T09:29:40.000Z')).toBe('Last seen just now')
  expect(seen('2026-01-15T09:25:00.000Z')).toBe('Last seen 5 minutes ago')
  expect(presenceText({ ...ben, state: 'offline' }, now)).toBe(null)
  expect([presenceText({ ...ben, state: 'unknown' }, now), presenceText(undefined)]).toEqual([null, null])
})
