import { perThousand, talk } from './talking.ts'
import type { Workload } from './workload.ts'

const SENDERS = 4
const IN_FLIGHT_PER_SENDER = 4

/** One group in which few write and all listen, each on a socket of their own. */
function group(which: 0 | 1, least: number): Workload {
  return {
    name: which === 0 ? 'group-small' : 'group-large',
    title: ({ groups }) => `group of ${groups[which]}, ${SENDERS} senders`,
    systems: ['parley', 'echo', 'plain'],
    figures: [
      { name: 'deliveries/s', digits: 0, must: { least } },
      { name: 'msg/s', digits: 0 },
      { name: 'CPU-ms/1k deliveries', digits: 2 },
      { name: 'ack p99 ms', digits: 1 },
    ],
    unit: 'deliveries',
    async run(system, { groups, warmUpMs, measureMs }, tools) {
      const measured = await talk(
        system,
        {
          conversations: 1,
          size: groups[which],
          senders: Math.min(SENDERS, groups[which]),
          pace: { kind: 'saturated', inFlightPerSender: IN_FLIGHT_PER_SENDER },
          marksRead: false,
          warmUpMs,
          measureMs,
        },
        tools,
      )
      const { result } = measured
      const { total, cpu } = perThousand(measured, result.deliveries)
      return {
        figures: {
          'deliveries/s': result.deliveries / result.seconds,
          'msg/s': result.count / result.seconds,
          'CPU-ms/1k deliveries': total,
          'ack p99 ms': result.latency?.p99 ?? Number.NaN,
        },
        faults: result.faults,
        cpu,
        otherLoad: measured.otherLoad,
        reasons: result.reasons,
      }
    },
  }
}

export const smallGroup = group(0, 130_000)
export const largeGroup = group(1, 150_000)
