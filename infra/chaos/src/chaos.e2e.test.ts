import { expect, it } from 'vitest'
import { runChaos } from './run.ts'

const OF_SERVERS = ['postgres', 'nats', 'redis'].flatMap((name) => [`${name} kill -9`, `${name} SIGSTOP`])
/** What is another thing where servers are containers is how these are broken. */
const quick =
  process.env.TEST_SERVERS === 'container'
    ? { durationMs: 22_000, only: [...OF_SERVERS, 'backends end', 'link cut'], kinds: 9, rate: 20, acked: 150 }
    : {
        durationMs: 50_000,
        only: ['kill -9', 'SIGSTOP', 'SIGTERM', 'backends end', 'link cut'],
        kinds: 21,
        rate: 30,
        acked: 600,
      }

// Needs the built services. The whole list of faults at full length is `npm run chaos`.
it('keeps every promise while each process and server is killed, paused, ended and cut off in turn', async () => {
  const { kinds, acked, ...options } = quick
  const report = await runChaos({
    ...{ ...options, seed: 20, everyMs: 2_150, longestHoldMs: 1_500 },
    logLevel: 'warn',
  })
  expect(report.violations).toEqual([])
  expect(new Set(report.faults.map(({ name }) => name)).size).toBe(kinds)
  expect(report.faults.filter(({ failed }) => failed !== undefined)).toEqual([])
  expect(report.totals.acked).toBeGreaterThan(acked)
  // of each there was something to be wrong about
  for (const what of ['uploads', 'pushes', 'webhooks'] as const) expect(report.totals[what]).toBeGreaterThan(acked / 60)
}, 420_000)
