import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cpuByName, machineTime } from './cpu.ts'
import type { Checkpoint, FromLoad, LoadJob, LoadResult } from './load/jobs.ts'
import type { System } from './systems/system.ts'

export interface Measurement {
  result: LoadResult
  /** CPU that the server's processes used between the checkpoints, milliseconds by name. */
  cpuMs: Record<string, number>
  /** Share of the machine that went to processes which are neither the system nor its load: 0 is a quiet machine. */
  otherLoad: number
}

export interface MeasureHooks {
  /** While the load waits at its first checkpoint, before the meters are read. */
  begin?: () => Promise<void> | void
  /** While it waits at its second, after the meters were read. */
  end?: () => Promise<void> | void
}

/** The built program: a child process knows nothing of a test runner's way to run the sources. */
const LOAD = fileURLToPath(new URL('../dist/load-process.js', import.meta.url))

/** Runs the job in a process of its own and reads the system's CPU at the checkpoints. */
export async function measure(system: System, job: LoadJob, hooks: MeasureHooks = {}): Promise<Measurement> {
  const load = fork(LOAD, { execArgv: [] })
  const times: Partial<Record<Checkpoint, Map<string, number>>> = {}
  const machine: Partial<Record<Checkpoint, ReturnType<typeof machineTime>>> = {}
  const atCheckpoint = async (name: Checkpoint) => {
    if (name === 'begin') await hooks.begin?.()
    times[name] = cpuByName(system.processes)
    machine[name] = machineTime()
    if (name === 'end') await hooks.end?.()
    load.send('continue')
  }
  try {
    const result = await new Promise<LoadResult>((resolve, reject) => {
      load.on('message', (message: FromLoad) => {
        if (message.type === 'checkpoint') atCheckpoint(message.name).catch(reject)
        else if (message.type === 'result') resolve(message.result)
        else reject(new Error(`The load failed: ${message.message}`))
      })
      load.once('exit', (code, signal) => reject(new Error(`The load process ended by itself (${signal ?? code})`)))
      load.send(job)
    })
    const used = [...times.end!].map(([name, end]) => [name, end - (times.begin!.get(name) ?? 0)] as const)
    const ours = used.reduce((sum, [, ms]) => sum + ms, result.cpuMs)
    const all = machine.end!.used - machine.begin!.used
    const available = machine.end!.available - machine.begin!.available
    return { result, cpuMs: Object.fromEntries(used), otherLoad: Math.max(0, all - ours) / available }
  } finally {
    if (load.exitCode === null && load.signalCode === null) {
      load.kill('SIGKILL')
      await once(load, 'exit')
    }
  }
}
