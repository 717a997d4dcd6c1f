import { expect, it } from 'vitest'
import { runChaos } from './run.ts'

// Needs the built services. The whole list of faults at full length is `npm run chaos`.
it('keeps every promise while each process and server is killed, paused, ended and cut off in turn', async () => {
  const report = await runChaos({
    seed: 20,
    durationMs: 50_000,
    rate: 30,
    everyMs: 2_150,
    longestHoldMs: 1_500,
    only: ['kill -9', 'SIGSTOP', 'SIGTERM', 'backends end', 'link cut'],
    logLevel: 'warn',
  })
  expect(report.violations).toEqual([])
  expect(new Set(report.faults.map(({ name }) => name)).size).toBe(21)
  expect(report.faults.filter(({ failed }) => failed !== undefined)).toEqual([])
  expect(report.totals.acked).toBeGreaterThan(600)
  // of each there was something to be wrong about
  for (const what of ['uploads', 'pushes', 'webhooks'] as const) expect(report.totals[what]).toBeGreaterThan(10)
}, 420_000)
