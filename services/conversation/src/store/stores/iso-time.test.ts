import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isoTime } from './iso-time.ts'

const FIRST = Date.UTC(1, 0, 1)
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const seed = Number(process.env.TEST_SEED ?? 20_261_130)

test('a time is written as the calendar has it, whichever day it was before', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST, max: LAST }), fc.integer({ min: 0, max: 200_000_000 }), (ms, later) => {
      for (const time of [ms, Math.min(ms + later, LAST), ms]) expect(isoTime(time)).toBe(new Date(time).toISOString())
      expect(isoTime(new Date(ms))).toBe(new Date(ms).toISOString())
    }),
    { seed, numRuns: 500 },
  )
  for (const time of [0, -1, Date.UTC(2000, 0, 1), Date.UTC(2000, 0, 1) - 1, Date.UTC(2026, 10, 30, 23, 59, 59, 999)])
    expect(isoTime(time)).toBe(new Date(time).toISOString())
  expect(() => isoTime(Number.NaN)).toThrow(RangeError)
})
