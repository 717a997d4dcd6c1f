import { measure } from '../measure.ts'
import { perThousand } from './talking.ts'
import { NO_FAULTS, type Workload } from './workload.ts'

/** A gateway's clients, all gone and all back at once, as after a deployment or a tunnel. */
export const returning: Workload = {
  name: 'return',
  title: ({ returning: clients, missed }) =>
    `${clients.toLocaleString('en')} clients drop, come back, catch up (${missed} messages each)`,
  systems: ['parley', 'plain'],
  figures: [
    { name: 'seconds', digits: 2, must: { most: 1 } },
    { name: 'CPU-ms/1k clients', digits: 0 },
  ],
  unit: 'clients',
  async run(system, { returning: clients, missed }, { hooks }) {
    const { storage } = system
    if (!storage) return { figures: {}, faults: NO_FAULTS, cpu: {}, reasons: [] }
    const talks = await system.createConversations(clients / 2, 2)
    const measured = await measure(
      system,
      { kind: 'return', conversations: talks, catchUp: storage.catchUp, missed },
      {
        ...hooks,
        async begin() {
          await storage.write(talks, missed)
          await hooks.begin?.()
        },
      },
    )
    const { result } = measured
    const { total, cpu } = perThousand(measured, result.count)
    return {
      figures: { seconds: result.seconds, 'CPU-ms/1k clients': total },
      faults: result.faults,
      cpu,
      otherLoad: measured.otherLoad,
      reasons: result.reasons,
    }
  },
}
