import { expect, it } from 'vitest'
import { QUICK, readConfig } from './config.ts'
import { faultsOf } from './faults.ts'
import { planFaults } from './schedule.ts'

it('reads times and numbers', () => {
  const config = readConfig(['--seed', '7', '--duration', '1.5m', '--every', '800ms', '--only', 'nats, redis link'])
  expect(config).toMatchObject({ seed: 7, durationMs: 90_000, everyMs: 800, rate: 50, only: ['nats', 'redis link'] })
})

it('names everything that is wrong at once', () => {
  const args = ['--seed', '-1', '--duration', 'long', '--rate', '0']
  expect(() => readConfig(args.map((arg, i) => (i === 1 ? 'x' : arg)))).toThrow(/--seed.*\n.*--rate|--duration/s)
})

it('--quick has every fault', () => {
  const faults = faultsOf({})
  const planned = planFaults({ seed: 1, faults, ...QUICK })
  expect(new Set(planned.map(({ fault }) => fault.name))).toEqual(new Set(faults.map(({ name }) => name)))
})
