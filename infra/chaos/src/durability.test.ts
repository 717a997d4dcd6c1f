import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withLastRun } from './durability.ts'
import type { ChaosReport } from './report.ts'

test('a run is written into the page, and what was written by hand stays', async () => {
  const page = await readFile(new URL('../../../docs/durability.md', import.meta.url), 'utf8')
  const report = {
    ...{ seed: 7, seconds: 120, convergedMs: 3, violations: [], totals: { sent: 41 }, faults: [{}] },
    byFault: { 'nats link cut': { times: 2, worstGapMs: 1_250, worstAckMs: 900 }, never: { times: 0 } },
  } as unknown as ChaosReport
  const written = withLastRun(page, report)
  expect(written).toContain('41 messages in 2 minutes, 1 faults, seed 7')
  expect(written).toContain('| nats link cut | 2 | 1.3 | 0.9 |')
  expect(written).not.toContain('| never |')
  const byHand = (text: string) => text.replace(/<!-- last run -->[\s\S]*<!-- last run -->/, '')
  expect(byHand(written)).toBe(byHand(page))
  expect(byHand(page).match(/^## /gm)!.length).toBeGreaterThan(3)
  expect(() => withLastRun('# Durability', report)).toThrow('docs/durability.md')
})
