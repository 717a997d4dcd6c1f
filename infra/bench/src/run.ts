import type { BenchConfig } from './config.ts'
import { createProfiler, type Profiler } from './profiler.ts'
import { type Parley, startOneProcess, startParley, startPods, withLastWords } from './systems/parley.ts'
import { startEcho, startPlain } from './systems/peer.ts'
import type { System, SystemName } from './systems/system.ts'
import { WORKLOADS } from './workloads/all.ts'
import type { Outcome, Workload } from './workloads/workload.ts'

/** One workload on one system in one run. */
export interface BenchRecord extends Outcome {
  run: number
  workload: string
  system: SystemName
}

export type RunOptions = Pick<
  BenchConfig,
  'sizes' | 'only' | 'systems' | 'runs' | 'gateways' | 'conversations' | 'storages' | 'profile'
> & { log: (line: string) => void }

/**
 * Runs the workloads that were asked for. Within a run every system is started once, and the systems follow each other
 * workload by workload, so that what a ratio compares was measured within a minute.
 */
export async function runBench(options: RunOptions): Promise<BenchRecord[]> {
  const { only, systems, runs, log } = options
  const workloads = chosen(only)
  const profiler = options.profile === undefined ? undefined : await createProfiler(options.profile, log)
  const records: BenchRecord[] = []
  for (let run = 1; run <= runs; run++) {
    if (runs > 1) log(`run ${run} of ${runs}`)
    await using running = createSystems(options, profiler)
    for (const workload of workloads)
      for (const name of systems.filter((system) => workload.systems.includes(system))) {
        const system = await running.get(name)
        log(`${workload.name}: ${name} ...`)
        const hooks = profiler && isParley(system) ? profiler.hooksFor(workload.name, system.services) : {}
        const outcome = await workload.run(system, options.sizes, { hooks, log }).catch(async (err) => {
          throw isParley(system) ? await withLastWords(err, system.services) : err
        })
        log(`${workload.name}: ${name} ${brief(workload, outcome)}`)
        records.push({ run, workload: workload.name, system: name, ...outcome })
      }
  }
  return records
}

/** The workloads of these names; a name that none has stands for all that begin with it, as `group` does. */
function chosen(only: readonly string[]): readonly Workload[] {
  if (only.length === 0) return WORKLOADS
  const names = new Set<string>()
  for (const asked of only) {
    const exact = WORKLOADS.filter(({ name }) => name === asked)
    const found = exact.length > 0 ? exact : WORKLOADS.filter(({ name }) => name.startsWith(`${asked}-`))
    if (found.length === 0) throw new Error(`No workload is called ${asked}`)
    for (const { name } of found) names.add(name)
  }
  return WORKLOADS.filter(({ name }) => names.has(name))
}

function isParley(system: System): system is Parley {
  return 'services' in system
}

/** The systems of one run, each started when it is first needed. */
function createSystems({ gateways, conversations, storages, log }: RunOptions, profiler: Profiler | undefined) {
  const running = new Map<SystemName, Promise<System>>()
  const start: Record<SystemName, () => Promise<System>> = {
    parley: () => startParley({ gateways, conversations, storages, log, ...(profiler && { env: profiler.env }) }),
    pods: () => startPods({ name: 'pods', pods: gateways, log, ...(profiler && { env: profiler.env }) }),
    'one-process': () => startOneProcess({ log, ...(profiler && { env: profiler.env }) }),
    echo: startEcho,
    plain: startPlain,
  }
  return {
    get(name: SystemName): Promise<System> {
      let system = running.get(name)
      if (!system) {
        system = start[name]()
        running.set(name, system)
      }
      return system
    },
    async [Symbol.asyncDispose]() {
      for (const system of running.values()) await (await system.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}

function brief({ figures: specs }: Workload, { figures, faults, reasons }: Outcome): string {
  const numbers = specs
    .filter(({ name }) => figures[name] !== undefined)
    .map(({ name, digits }) => `${figures[name]!.toFixed(digits)} ${name}`)
  const found = Object.entries(faults).filter(([, count]) => count > 0)
  return [...numbers, ...found.map(([name, count]) => `${count} ${name}!`), ...reasons].join(' · ')
}
