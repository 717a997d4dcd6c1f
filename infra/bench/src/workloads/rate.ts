import { messageOutcome, talk } from './talking.ts'
import type { Workload } from './workload.ts'

/** Pairs that write at an even pace, far from what the server can do: what an answer takes when nothing is full. */
function rate(marksRead: boolean): Workload {
  return {
    name: marksRead ? 'rate-reads' : 'rate',
    title: ({ perSecond }) => `1:1 at ${perSecond} msg/s${marksRead ? ', receivers mark as read' : ''}`,
    systems: marksRead ? ['parley'] : ['parley', 'echo', 'plain'],
    figures: [
      { name: 'msg/s', digits: 0 },
      { name: 'ack p50 ms', digits: 2, ...(!marksRead && { must: { most: 2 } }) },
      { name: 'ack p99 ms', digits: 2, ...(!marksRead && { must: { most: 8 } }) },
      { name: 'CPU-ms/1k', digits: 0, ...(!marksRead && { must: { most: 900 } }) },
    ],
    unit: 'messages',
    async run(system, { pairs, perSecond, slowWarmUpMs, measureMs }, tools) {
      const talking = {
        conversations: pairs,
        size: 2,
        senders: 2,
        pace: { kind: 'rate', perSecond },
        marksRead,
        warmUpMs: slowWarmUpMs,
        measureMs,
      } as const
      return messageOutcome(await talk(system, talking, tools))
    },
  }
}

export const rateAlone = rate(false)
export const rateWithReads = rate(true)
