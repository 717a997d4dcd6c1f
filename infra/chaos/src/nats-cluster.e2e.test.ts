import { expect, it } from 'vitest'
import { runChaos } from './run.ts'

// Needs the built services. At full length: `npm run chaos -- --nats-servers 3 --only "nats server"`.
it('loses nothing, and has every event in the stream, while each of three NATS servers is killed in turn', async () => {
  const report = await runChaos({
    seed: 13,
    durationMs: 18_000,
    rate: 25,
    everyMs: 4_000,
    longestHoldMs: 1_500,
    natsServers: 3,
    only: ['nats server 1 kill', 'nats server 2 kill', 'nats server 3 kill'],
    logLevel: 'warn',
  })
  expect(report.violations).toEqual([])
  expect(new Set(report.faults.map(({ target }) => target))).toEqual(
    new Set(['nats server 1', 'nats server 2', 'nats server 3']),
  )
  expect(report.faults.filter(({ failed }) => failed !== undefined)).toEqual([])
  expect(report.totals.acked).toBeGreaterThan(250)
}, 240_000)
