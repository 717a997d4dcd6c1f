import { expect, it } from 'vitest'
import { killWorkers } from './kill-workers.ts'

// Needs the built services. 200 times it is `npm run chaos:worker`.
it('misses nothing where a worker is killed between handing over and writing it down, again and again, and repeats with its id what was under way', async () => {
  const { violations, pushed, waited } = await killWorkers({ kills: 4 })
  expect(violations).toEqual([])
  expect(pushed).toBeGreaterThan(waited)
}, 120_000)
