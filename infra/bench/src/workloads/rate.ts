import type { Sizes } from '../config.ts'
import { messageOutcome, talk } from './talking.ts'
import type { FigureSpec, Workload } from './workload.ts'

interface Rate {
  name: string
  perSecond: (sizes: Sizes) => number
  marksRead?: boolean
  /** Not the figures' names and digits, which are the same of all. */
  goals?: Record<'ack p50 ms' | 'ack p99 ms' | 'CPU-ms/1k', Omit<FigureSpec, 'name' | 'digits'>>
}

/** Pairs that write at an even pace, far from what the server can do: what an answer takes when nothing is full. */
function rate({ name, perSecond, marksRead = false, goals }: Rate): Workload {
  return {
    name,
    title: (sizes) => `1:1 at ${perSecond(sizes)} msg/s${marksRead ? ', receivers mark as read' : ''}`,
    systems: marksRead ? ['parley'] : ['parley', 'pods', 'one-process', 'echo', 'plain'],
    figures: [
      { name: 'msg/s', digits: 0 },
      { name: 'ack p50 ms', digits: 2, ...goals?.['ack p50 ms'] },
      { name: 'ack p99 ms', digits: 2, ...goals?.['ack p99 ms'] },
      { name: 'CPU-ms/1k', digits: 0, ...goals?.['CPU-ms/1k'] },
    ],
    unit: 'messages',
    async run(system, sizes, tools) {
      const talking = {
        conversations: sizes.pairs,
        size: 2,
        senders: 2,
        pace: { kind: 'rate', perSecond: perSecond(sizes) },
        marksRead,
        warmUpMs: sizes.slowWarmUpMs,
        measureMs: sizes.measureMs,
      } as const
      return messageOutcome(await talk(system, talking, tools))
    },
  }
}

const perSecond = (sizes: Sizes) => sizes.perSecond

export const rateAlone = rate({
  name: 'rate',
  perSecond,
  goals: {
    'ack p50 ms': { must: { most: 2 }, ofPlain: { most: 1.2 } },
    'ack p99 ms': { must: { most: 8 }, ofPlain: { most: 1.5 }, oneOfPlain: { most: 1.2 } },
    'CPU-ms/1k': { must: { most: 900 }, ofPlain: { most: 1.5 }, oneOfPlain: { most: 1 } },
  },
})
export const lowRate = rate({
  name: 'rate-low',
  perSecond: (sizes) => sizes.fewPerSecond,
  goals: {
    'ack p50 ms': {},
    'ack p99 ms': { oneOfPlain: { most: 1.2 } },
    'CPU-ms/1k': { oneOfPlain: { most: 1 } },
  },
})
export const rateWithReads = rate({ name: 'rate-reads', perSecond, marksRead: true })
