import { expect, it } from 'vitest'
import { runChaos } from './run.ts'
import { PAIRS } from './world.ts'

// Needs the built services. At full length: `npm run chaos -- --pairs`.
it('keeps every promise, lets nobody in and lives while each pair of parts has a line that is narrow or swallows everything', async () => {
  const report = await runChaos({
    ...{ seed: 4, durationMs: 24_000, rate: 30, everyMs: 1_100, longestHoldMs: 2_500, logLevel: 'warn' },
    onlyPairs: true,
    only: ['narrow', 'black hole'],
  })
  expect(report.violations).toEqual([])
  expect(new Set(report.faults.map(({ name }) => name)).size).toBe(2 * PAIRS.length)
  expect(report.faults.filter(({ failed }) => failed !== undefined)).toEqual([])
  expect(report.totals.acked).toBeGreaterThan(200)
  expect(report.totals.moves).toBeGreaterThan(2)
}, 300_000)
