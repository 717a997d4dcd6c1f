import { type Measurement, measure } from '../measure.ts'
import { perThousand } from './talking.ts'
import { NO_FAULTS, type Workload } from './workload.ts'

const CONNECTIONS = 4
/** As many as a page of hits has where nobody asks for another number. */
const PAGE = 20
/** By how many conversations the three who search are in. */
const NAMES = ['few', 'some', 'many'] as const

/** Words, common and rare, asked for in turn by people who are in few conversations and in many. */
export const search: Workload = {
  name: 'search',
  title: ({ searched }) => `words in ${searched.toLocaleString('en')} messages, of 3, 250 and 5,000 conversations`,
  systems: ['parley'],
  figures: [
    ...NAMES.map((name) => ({ name: `p95 ms, ${name}`, digits: 2, must: { most: 100 } })),
    { name: 'p50 ms, some', digits: 2 },
    { name: 'p99 ms, some', digits: 2 },
    { name: 'CPU-ms/1k', digits: 0 },
  ],
  unit: 'searches',
  async run(system, { searched, warmUpMs, measureMs }, { hooks }) {
    if (!system.storage?.fillSearch) return { figures: {}, faults: NO_FAULTS, cpu: {}, reasons: [] }
    const places = await system.storage.fillSearch(searched)
    const figures: Record<string, number> = {}
    const faults = { ...NO_FAULTS }
    let last: Measurement | undefined
    for (const [i, { urls, headers }] of places.entries()) {
      const job = { kind: 'pages', urls, headers, connections: CONNECTIONS, warmUpMs, measureMs } as const
      last = await measure(system, { ...job, expected: { most: PAGE } }, hooks)
      const { latency, faults: seen } = last.result
      for (const fault of Object.keys(faults) as (keyof typeof faults)[]) faults[fault] += seen[fault]
      for (const share of ['p50', 'p95', 'p99'] as const)
        figures[`${share} ms, ${NAMES[i]}`] = latency?.[share] ?? Number.NaN
    }
    const { total, cpu } = perThousand(last!, last!.result.count)
    figures['CPU-ms/1k'] = total
    return { figures, faults, cpu, otherLoad: last!.otherLoad, reasons: last!.result.reasons }
  },
}
