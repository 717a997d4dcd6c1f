import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { report } from './report.ts'
import type { BenchRecord } from './run.ts'
import { NO_FAULTS } from './workloads/workload.ts'

const { sizes } = readConfig([])

function deliveries(workload: string, perRun: readonly number[]): BenchRecord[] {
  return perRun.map((perSecond, i) => ({
    ...{ run: i + 1, workload, system: 'parley', faults: NO_FAULTS, cpu: {}, reasons: [] },
    figures: { 'deliveries/s': perSecond },
  }))
}

/** The line of the figure that the group with reads must reach. */
function goalOf(records: readonly BenchRecord[]): string | undefined {
  const lines = report(records, sizes).split('\n')
  return lines.find((line) => line.includes('everybody marks as read'))
}

test('a workload that is held against another says its ratio, run by run, and whether that is enough', () => {
  const plain = deliveries('group-large', [100_000, 50_000, 90_000])
  const goal = '>= 0.67 of group-large'
  expect(goalOf([...plain, ...deliveries('group-large-reads', [80_000, 40_000, 10_000])])).toContain(
    `| ${goal} met (0.80) |`,
  )
  expect(goalOf([...plain, ...deliveries('group-large-reads', [60_000, 45_000, 10_000])])).toContain(
    `| ${goal} **missed** (0.60) |`,
  )
  // which was not measured beside it is not judged
  expect(goalOf(deliveries('group-large-reads', [80_000]))).toContain(`| ${goal} |`)
})
