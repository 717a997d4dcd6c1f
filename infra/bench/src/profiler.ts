import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ServiceProcess } from '@parley/cluster'
import type { MeasureHooks } from './measure.ts'
import { type CpuProfile, summarize } from './profile-summary.ts'

const HOOK = fileURLToPath(new URL('../dist/profile-hook.js', import.meta.url))
const WRITTEN_WITHIN_MS = 30_000

/** Profiles the services while a workload is measured. */
export interface Profiler {
  /** For the services' start. */
  env: Record<string, string>
  hooksFor(workload: string, processes: readonly ServiceProcess[]): MeasureHooks
}

export async function createProfiler(into: string, log: (line: string) => void): Promise<Profiler> {
  const folder = resolve(into)
  await mkdir(folder, { recursive: true })
  const signal = (processes: readonly ServiceProcess[]) => Promise.all(processes.map((one) => one.kill('SIGUSR2')))

  const collect = async (workload: string, { name, pid }: ServiceProcess): Promise<string> => {
    const written = join(folder, `${pid}.cpuprofile`)
    const deadline = performance.now() + WRITTEN_WITHIN_MS
    while (!existsSync(written)) {
      if (performance.now() > deadline) throw new Error(`${name} wrote no profile`)
      await sleep(50)
    }
    const file = join(folder, `${workload}-${name}.cpuprofile`)
    await rename(written, file)
    // Written by the hook, from V8.
    return `## ${workload}: ${name}\n\n${summarize(JSON.parse(await readFile(file, 'utf8')) as CpuProfile)}`
  }

  return {
    env: { NODE_OPTIONS: `--import ${HOOK}`, PARLEY_PROFILE_FOLDER: folder },
    hooksFor: (workload, processes) => ({
      async begin() {
        await signal(processes)
        // The profiler begins when the process next gets to its event loop.
        await sleep(200)
      },
      async end() {
        await signal(processes)
        const parts = await Promise.all(processes.map((process) => collect(workload, process)))
        const file = join(folder, `${workload}.md`)
        await writeFile(file, `${parts.join('\n\n')}\n`)
        log(`profile of ${workload}: ${file}`)
      },
    }),
  }
}
