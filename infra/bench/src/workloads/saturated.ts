import { messageOutcome, talk } from './talking.ts'
import type { Workload } from './workload.ts'

/** Pairs that answer each other as fast as the server lets them. */
function saturated(marksRead: boolean): Workload {
  return {
    name: marksRead ? 'saturated-reads' : 'saturated',
    title: ({ pairs, inFlight }) =>
      `1:1 saturated, ${pairs} pairs x ${inFlight} in flight${marksRead ? ', receivers mark as read' : ''}`,
    // The peers have no read marks.
    systems: marksRead ? ['parley'] : ['parley', 'pods', 'echo', 'plain'],
    figures: marksRead
      ? [
          { name: 'msg/s', digits: 0 },
          { name: 'CPU-ms/1k', digits: 1 },
        ]
      : [
          { name: 'msg/s', digits: 0, must: { least: 16_000 }, ofEcho: { least: 0.41 } },
          { name: 'CPU-ms/1k', digits: 1, must: { most: 90 }, ofEcho: { most: 3.75 } },
          { name: 'ack p50 ms', digits: 2 },
          { name: 'ack p99 ms', digits: 2 },
        ],
    unit: 'messages',
    async run(system, { pairs, inFlight, warmUpMs, measureMs }, tools) {
      const talking = {
        conversations: pairs,
        size: 2,
        senders: 2,
        pace: { kind: 'saturated', inFlightPerSender: Math.max(1, inFlight / 2) },
        marksRead,
        warmUpMs,
        measureMs,
      } as const
      return messageOutcome(await talk(system, talking, tools))
    },
  }
}

export const saturatedAlone = saturated(false)
export const saturatedWithReads = saturated(true)
