import { measure } from '../measure.ts'
import { perThousand } from './talking.ts'
import { NO_FAULTS, type Workload } from './workload.ts'

const CONNECTIONS = 16
const PAGE = 50

/** The latest page of a long conversation, which is what everybody opens first. */
export const page: Workload = {
  name: 'page',
  title: ({ pageConversation, pageTable }) =>
    `latest ${PAGE} of ${pageConversation.toLocaleString('en')} messages, ${pageTable.toLocaleString('en')} in the table`,
  systems: ['parley', 'plain'],
  figures: [
    { name: 'req/s', digits: 0, must: { least: 2_500 } },
    { name: 'p50 ms', digits: 2 },
    { name: 'p99 ms', digits: 2, must: { most: 10 } },
    { name: 'CPU-ms/1k', digits: 0 },
  ],
  unit: 'pages',
  async run(system, { pageConversation, pageTable, warmUpMs, measureMs }, { hooks, log }) {
    if (!system.storage) return { figures: {}, faults: NO_FAULTS, cpu: {}, reasons: [] }
    log(`${system.name}: filling the table`)
    const { urls, headers } = await system.storage.fill({ inConversation: pageConversation, total: pageTable })
    const expected = { first: pageConversation - PAGE + 1, last: pageConversation }
    const measured = await measure(
      system,
      { kind: 'pages', urls, headers, connections: CONNECTIONS, warmUpMs, measureMs, expected },
      hooks,
    )
    const { result } = measured
    const { total, cpu } = perThousand(measured, result.count)
    return {
      figures: {
        'req/s': result.count / result.seconds,
        'p50 ms': result.latency?.p50 ?? Number.NaN,
        'p99 ms': result.latency?.p99 ?? Number.NaN,
        'CPU-ms/1k': total,
      },
      faults: result.faults,
      cpu,
      otherLoad: measured.otherLoad,
      reasons: result.reasons,
    }
  },
}
