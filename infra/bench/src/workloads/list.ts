import { measure } from '../measure.ts'
import { perThousand } from './talking.ts'
import { NO_FAULTS, type Workload } from './workload.ts'

const CONNECTIONS = 8
/** As many as a page of a list has where nobody asks for another number. */
const PAGE = 20

/** The first page of the list of somebody who has many conversations: what a client shows first. */
export const list: Workload = {
  name: 'list',
  title: ({ listed }) => `a list of ${listed.toLocaleString('en')} conversations, its first ${PAGE}`,
  systems: ['parley'],
  figures: [
    { name: 'req/s', digits: 0 },
    { name: 'p50 ms', digits: 2 },
    { name: 'p99 ms', digits: 2, must: { most: 50 } },
    { name: 'CPU-ms/1k', digits: 0 },
  ],
  unit: 'pages',
  async run(system, { listed, warmUpMs, measureMs }, { hooks, log }) {
    if (!system.storage?.fillList) return { figures: {}, faults: NO_FAULTS, cpu: {}, reasons: [] }
    log(`${system.name}: making the conversations`)
    const { urls, headers } = await system.storage.fillList(listed)
    const measured = await measure(
      system,
      { kind: 'pages', urls, headers, connections: CONNECTIONS, warmUpMs, measureMs, expected: { count: PAGE } },
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
