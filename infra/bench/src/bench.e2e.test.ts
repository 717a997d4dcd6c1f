import { expect, test } from 'vitest'
import type { Sizes } from './config.ts'
import { report } from './report.ts'
import { runBench } from './run.ts'

const TINY: Sizes = {
  warmUpMs: 100,
  slowWarmUpMs: 100,
  measureMs: 400,
  pairs: 4,
  inFlight: 4,
  perSecond: 50,
  fewPerSecond: 20,
  groups: [12, 20],
  idleSockets: 20,
  settleMs: 100,
  pageConversation: 1_000,
  pageTable: 3_000,
  listed: 100,
  searched: 2_000,
  returning: 20,
  missed: 5,
  fileBytes: 200_000,
  filesMoved: 4,
  filesAtOnce: 6,
  pictures: 2,
  away: 120,
}

// Speed is nobody's business here: only that everything arrives, once and in order, and is found where it belongs.
test('every workload finishes without a lost, repeated or misplaced message', async () => {
  const records = await runBench({
    sizes: TINY,
    only: [
      'idle',
      'saturated',
      'saturated-reads',
      'rate',
      'rate-reads',
      'group',
      'return',
      'list',
      'page',
      'search',
      'files',
      'broadcast',
    ],
    systems: ['parley', 'one-process', 'echo'],
    runs: 1,
    gateways: 2,
    conversations: 1,
    storages: 1,
    profile: undefined,
    log: () => {},
  })
  for (const { workload, system, faults, reasons, figures } of records) {
    expect({ workload, system, ...faults, reasons }).toEqual({
      workload,
      system,
      lost: 0,
      toSync: 0,
      duplicated: 0,
      outOfOrder: 0,
      failed: 0,
      reasons: [],
    })
    for (const [name, value] of Object.entries(figures)) {
      // A heap may shrink more than twenty sockets make it grow, and CPU is counted in steps of ten milliseconds.
      const isPossible = /^(KiB|CPU|RSS)/.test(name) ? Number.isFinite(value) : value > 0
      expect([workload, name, isPossible]).toEqual([workload, name, true])
    }
  }
  expect(records.filter(({ system }) => system === 'parley').map(({ workload }) => workload)).toEqual([
    'idle',
    'saturated',
    'saturated-reads',
    'rate',
    'rate-reads',
    'group-small',
    'group-large',
    'group-large-reads',
    'return',
    'list',
    'page',
    'search',
    'files',
    'broadcast',
  ])
  expect(report(records, TINY)).toContain('| 1:1 saturated, 4 pairs x 4 in flight | msg/s |')
}, 240_000)
