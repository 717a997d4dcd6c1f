import { expect, test } from 'vitest'
import { CallerClocks } from './caller-clocks.ts'

test('the age of a call is what it took longer than the quickest of the same process, whatever its clock says', () => {
  const clocks = new CallerClocks()
  // one began ten minutes ago, the other is far ahead
  const [early, late] = [-600_000, 4_000_000]
  for (const [caller, off] of [
    ['early', early],
    ['late', late],
  ] as const) {
    expect(clocks.ageOf(caller, 1_000 + off, 1_030)).toBe(0)
    expect(clocks.ageOf(caller, 2_000 + off, 2_005)).toBe(0)
    expect(clocks.ageOf(caller, 3_000 + off, 3_005)).toBeLessThan(1)
  }
  // it was paused for twenty seconds, and takes up what waits
  expect(clocks.ageOf('early', 4_000 + early, 24_000)).toBeGreaterThan(19_700)
  expect(clocks.ageOf('early', 23_500 + early, 24_000)).toBeLessThan(500)
})

test('clocks that drift apart are followed', () => {
  const clocks = new CallerClocks()
  // a whole second in ten minutes, which no clock does
  for (let at = 0; at < 3_600_000; at += 10_000) expect(clocks.ageOf('one', at * (1 - 1 / 600), at)).toBeLessThan(50)
})
