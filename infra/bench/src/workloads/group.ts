import { perThousand, talk } from './talking.ts'
import type { Workload } from './workload.ts'

const SENDERS = 4
const IN_FLIGHT_PER_SENDER = 4

/** Everybody reading every message may cost so much: a third of the deliveries at most. */
const WITH_READS = 1 / 1.5

interface Group {
  name: string
  which: 0 | 1
  /** Everybody marks what they hear as read, and is measured beside the workload of this name, in which nobody does. */
  besides?: string
  least?: number
}

/** One group in which few write and all listen, each on a socket of their own. */
function group({ name, which, besides, least }: Group): Workload {
  const marksRead = besides !== undefined
  return {
    name,
    title: ({ groups }) =>
      `group of ${groups[which]}, ${SENDERS} senders${marksRead ? ', everybody marks as read' : ''}`,
    // The peers have no read marks.
    systems: marksRead ? ['parley'] : ['parley', 'pods', 'echo', 'plain'],
    figures: [
      {
        name: 'deliveries/s',
        digits: 0,
        ...(least !== undefined && { must: { least } }),
        ...(besides !== undefined && { ofWorkload: { name: besides, bound: { least: WITH_READS } } }),
      },
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
          marksRead,
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

export const smallGroup = group({ name: 'group-small', which: 0, least: 130_000 })
export const largeGroup = group({ name: 'group-large', which: 1, least: 150_000 })
export const largeGroupWithReads = group({ name: 'group-large-reads', which: 1, besides: largeGroup.name })
