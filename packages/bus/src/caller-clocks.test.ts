import { expect, test, vi } from 'vitest'
import { CallerClocks } from './caller-clocks.ts'

/** One that has looked at its clock from 0 on until `until`, as its timer does. */
function awake(until: number, clocks = new CallerClocks(0), from = 0): CallerClocks {
  for (let at = from; at <= until; at += 500) clocks.look(at)
  return clocks
}

test('the age of a call is what it took longer than the quickest of the same process, whatever its clock says', () => {
  const clocks = new CallerClocks(1_000)
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
  expect(clocks.ageOf('early', 4_000 + early, 24_000)).toBeGreaterThan(19_900)
  expect(clocks.ageOf('early', 23_500 + early, 24_000)).toBeLessThan(500)
})

test('clocks that drift apart are followed', () => {
  const clocks = new CallerClocks(0)
  // a quarter of a second in ten minutes, which no clock does
  for (let at = 0; at < 3_600_000; at += 10_000) {
    awake(at, clocks, at - 10_000)
    expect(clocks.ageOf('one', at * (1 - 1 / 2_400), at)).toBeLessThan(50)
  }
})

test('a call that waited is known for late after ten quiet minutes too', () => {
  const clocks = awake(60_000)
  expect(clocks.ageOf('one', 60_000, 60_005)).toBe(0)
  awake(660_000, clocks, 60_000)
  // it was paused for seven seconds
  expect(clocks.ageOf('one', 660_000, 667_000)).toBeGreaterThan(6_500)
})

test('of whom nothing was heard before a pause, nothing is known until what waited meanwhile is read', () => {
  const clocks = awake(10_000)
  // paused for eight seconds: the timer has not run yet, and then it has
  expect(clocks.ageOf('new', 10_500, 18_000)).toBeUndefined()
  clocks.look(18_001)
  expect(clocks.ageOf('new', 11_000, 18_002)).toBeUndefined()
  expect(clocks.ageOf('another', 17_900, 18_003)).toBeUndefined()
  awake(24_000, clocks, 18_500)
  // what was read then is no measure
  expect(clocks.ageOf('new', 24_000, 24_010)).toBe(0)
  expect(clocks.ageOf('new', 24_100, 30_100)).toBeGreaterThan(5_900)
})

test('who was quiet for most of an hour is new again', () => {
  const clocks = awake(1_000)
  expect(clocks.ageOf('one', 1_000, 1_005)).toBe(0)
  awake(2_500_000, clocks, 1_000)
  expect(clocks.ageOf('one', 2_500_000, 2_508_000)).toBeUndefined()
  awake(2_520_000, clocks, 2_508_000)
  expect(clocks.ageOf('one', 2_520_000, 2_520_700)).toBe(0)
})

test('a process that nobody has called for long was not paused', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] })
  try {
    const clocks = new CallerClocks().watch()
    vi.advanceTimersByTime(60_000)
    expect(clocks.ageOf('new', performance.now() - 600_000)).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
