import { setTimeout as sleep } from 'node:timers/promises'
import { memoryByName } from '../cpu.ts'
import { measure } from '../measure.ts'
import { perThousand } from './talking.ts'
import type { Workload } from './workload.ts'

const CONNECTING = 100

/**
 * Sockets that are only there: each of a user of its own, in one conversation of two. Runs first, in processes that have
 * done nothing yet: a heap that has grown before would hide what the sockets take.
 */
export const idle: Workload = {
  name: 'idle',
  title: ({ idleSockets }) => `${idleSockets.toLocaleString('en')} idle sockets`,
  systems: ['parley', 'pods', 'echo', 'plain'],
  figures: [
    { name: 'KiB each', digits: 1, must: { most: 20 } },
    { name: 'KiB each, all processes', digits: 1 },
    { name: 'connects/s', digits: 0, must: { least: 900 } },
  ],
  unit: 'connections',
  async run(system, { idleSockets, settleMs }, { hooks }) {
    const talks = await system.createConversations(idleSockets / 2, 2)
    // What creating them has left behind is not the sockets'.
    await sleep(settleMs)
    const before = memoryByName(system.processes)
    let after = before
    const measured = await measure(
      system,
      { kind: 'idle', seats: talks.flatMap(({ members }) => members), concurrency: CONNECTING },
      {
        ...hooks,
        async end() {
          await hooks.end?.()
          await sleep(settleMs)
          after = memoryByName(system.processes)
        },
      },
    )
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    const { result } = measured
    return {
      figures: {
        'KiB each': grown(system.edge) / result.count,
        'KiB each, all processes': [...after.keys()].reduce((sum, name) => sum + grown(name), 0) / result.count,
        'connects/s': result.count / result.seconds,
      },
      faults: result.faults,
      cpu: perThousand(measured, result.count).cpu,
      otherLoad: measured.otherLoad,
      reasons: result.reasons,
    }
  },
}
