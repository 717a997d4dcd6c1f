import { expect, it } from 'vitest'
import { type FaultShape, planFaults } from './schedule.ts'

const faults: FaultShape[] = ['kill', 'pause', 'cut'].map((name) => ({
  name,
  targets: ['one', 'two'],
  holdMs: [1_000, 20_000],
}))
const plan = (seed: number, more = {}) => planFaults({ seed, faults, durationMs: 600_000, everyMs: 15_000, ...more })

it('is the same for the same seed, and another for another', () => {
  expect(plan(7)).toEqual(plan(7))
  expect(plan(7)).not.toEqual(plan(8))
})

it('has every fault once before any comes again', () => {
  const names = plan(3).map(({ fault }) => fault.name)
  for (let i = 0; i + 3 <= names.length; i += 3) expect(new Set(names.slice(i, i + 3)).size).toBe(3)
  expect(names.length).toBe(40)
})

it('heals everything before the load ends, and holds nothing for longer than is allowed', () => {
  for (const { atMs, holdMs } of plan(5)) expect(atMs + holdMs).toBeLessThan(600_000)
  for (const { holdMs } of plan(5, { longestHoldMs: 1_500 })) expect(holdMs).toBeLessThanOrEqual(1_500)
})
