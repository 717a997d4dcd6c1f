import fc from 'fast-check'
import { DateTime } from 'luxon'
import { expect, test } from 'vitest'
import { endOfQuiet } from './quiet-hours.ts'

const night = { from: '22:00', to: '07:00' }
const at = (text: string) => new Date(text)

test.each([
  ['an ordinary night', { ...night, timeZone: 'Europe/Berlin' }, '2026-01-10T22:30:00Z', '2026-01-11T06:00:00Z'],
  ['its first moment', { ...night, timeZone: 'Europe/Berlin' }, '2026-01-10T21:00:00Z', '2026-01-11T06:00:00Z'],
  ['after midnight', { ...night, timeZone: 'Europe/Berlin' }, '2026-01-11T05:59:59Z', '2026-01-11T06:00:00Z'],
  ['the moment of its end', { ...night, timeZone: 'Europe/Berlin' }, '2026-01-11T06:00:00Z', null],
  ['by day', { ...night, timeZone: 'Europe/Berlin' }, '2026-01-10T12:00:00Z', null],
  // set forward at 01:00Z: 07:00 is an hour earlier than it was the day before
  [
    'the night that is shorter',
    { ...night, timeZone: 'Europe/Berlin' },
    '2026-03-28T22:00:00Z',
    '2026-03-29T05:00:00Z',
  ],
  ['the night that is longer', { ...night, timeZone: 'Europe/Berlin' }, '2026-10-24T21:00:00Z', '2026-10-25T06:00:00Z'],
  [
    'a time that is skipped',
    { from: '22:00', to: '02:30', timeZone: 'Europe/Berlin' },
    '2026-03-29T00:59:00Z',
    '2026-03-29T01:00:00Z',
  ],
  [
    'begun where it is skipped',
    { from: '02:30', to: '05:00', timeZone: 'Europe/Berlin' },
    '2026-03-29T01:00:00Z',
    '2026-03-29T03:00:00Z',
  ],
  [
    'a time shown twice',
    { from: '22:00', to: '02:30', timeZone: 'Europe/Berlin' },
    '2026-10-25T00:45:00Z',
    '2026-10-25T01:30:00Z',
  ],
  ['skipped altogether', { from: '02:10', to: '02:50', timeZone: 'Europe/Berlin' }, '2026-03-29T01:00:00Z', null],
  [
    'midnight is skipped',
    { from: '21:00', to: '00:00', timeZone: 'America/Santiago' },
    '2026-09-06T03:59:00Z',
    '2026-09-06T04:00:00Z',
  ],
  ['half an hour only', { ...night, timeZone: 'Australia/Lord_Howe' }, '2026-10-03T12:00:00Z', '2026-10-03T20:00:00Z'],
  [
    'across the date line',
    { ...night, timeZone: 'Pacific/Kiritimati' },
    '2026-05-01T10:00:00Z',
    '2026-05-01T17:00:00Z',
  ],
])('quiet hours: %s', (_, quiet, now, end) => {
  expect(endOfQuiet(quiet, at(now))?.toISOString() ?? null).toBe(end && at(end).toISOString())
})

test('nobody is told while the clock of their place shows a quiet time, and everybody is told at the end', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'UTC',
  ]
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
  // minutes of 2026
  const moment = fc.integer({ min: 0, max: 525_599 }).map((minute) => new Date(Date.UTC(2026, 0, 1, 0, minute)))
  fc.assert(
    fc.property(time, time, fc.constantFrom(...zones), moment, (from, to, timeZone, now) => {
      fc.pre(from !== to)
      const quiet = { from, to, timeZone }
      const shows = (moment: Date) => DateTime.fromJSDate(moment, { zone: timeZone }).toFormat('HH:mm')
      const isShown = (moment: Date) => {
        const clock = shows(moment)
        return from < to ? from <= clock && clock < to : from <= clock || clock < to
      }
      const end = endOfQuiet(quiet, now)
      if (isShown(now)) expect(end).not.toBeNull()
      if (end === null) return
      expect(end.getTime()).toBeGreaterThan(now.getTime())
      expect(end.getTime() - now.getTime()).toBeLessThan(26 * 3_600_000)
      expect(endOfQuiet(quiet, end)).toBeNull()
      expect(isShown(end)).toBe(false)
    }),
    { seed: 12, numRuns: 1_000 },
  )
})
