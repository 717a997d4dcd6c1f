import { setTimeout as sleep } from 'node:timers/promises'
import { cpuByName, machineTime } from '../cpu.ts'
import { NO_FAULTS, type Workload } from './workload.ts'

/** Nobody waits longer for what is said to all; what has not come then is lost. */
const WITHIN_MS = 300_000
/** What comes twice comes soon after. */
const SETTLE_MS = 2_000

/** An admin says something to everybody, and all of them are away: it is listed for each and pushed to each, once. */
export const broadcast: Workload = {
  name: 'broadcast',
  title: ({ away }) => `a broadcast to ${away.toLocaleString('en')} who are away`,
  systems: ['parley'],
  figures: [
    { name: 'seconds', digits: 1 },
    { name: 'people told/s', digits: 0 },
    { name: 'CPU-ms/1k', digits: 0 },
  ],
  unit: 'people',
  async run(system, { away }, { hooks, log }) {
    if (!system.storage?.fillAway) return { figures: {}, faults: NO_FAULTS, cpu: {}, reasons: [] }
    log(`${system.name}: registering ${away} people`)
    await using people = await system.storage.fillAway(away)
    await hooks.begin?.()
    const [cpuBefore, machineBefore, begun] = [cpuByName(system.processes), machineTime(), performance.now()]
    await people.tellAll()
    let shown = begun
    while (people.reached.size < away && performance.now() - begun < WITHIN_MS) {
      await sleep(50)
      if (performance.now() - shown < 5_000) continue
      shown = performance.now()
      log(`${system.name}: ${people.reached.size} of ${away} are told`)
    }
    const seconds = (performance.now() - begun) / 1_000
    const [cpuAfter, machineAfter] = [cpuByName(system.processes), machineTime()]
    await hooks.end?.()
    await sleep(SETTLE_MS)
    const cpu: Record<string, number> = {}
    for (const [name, ms] of cpuAfter) cpu[name] = ((ms - (cpuBefore.get(name) ?? 0)) / away) * 1_000
    const lost = away - people.reached.size
    const duplicated = [...people.reached.values()].reduce((sum, times) => sum + times - 1, 0)
    const total = Object.values(cpu).reduce((sum, ms) => sum + ms, 0)
    const used = (machineAfter.used - machineBefore.used) / (machineAfter.available - machineBefore.available)
    return {
      figures: { seconds, 'people told/s': people.reached.size / seconds, 'CPU-ms/1k': total },
      faults: { ...NO_FAULTS, lost, duplicated },
      cpu,
      // the receiver's, and whatever else there is
      otherLoad: used - (total * away) / 1_000 / (machineAfter.available - machineBefore.available),
      reasons: lost > 0 ? [`${lost} are not told within ${WITHIN_MS / 1_000} s`] : [],
    }
  },
}
