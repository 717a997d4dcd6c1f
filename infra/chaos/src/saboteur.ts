import { setMaxListeners } from 'node:events'
import { type Fault, restart } from './faults.ts'
import type { Recorder } from './measures.ts'
import type { ChaosReport } from './report.ts'
import type { PlannedFault } from './schedule.ts'
import type { World } from './world.ts'

export interface SaboteurOptions {
  world: World
  measures: Recorder
  log: (line: string) => void
}

/** Carries out the planned faults. Those of one target come one after the other, those of different targets overlap. */
export function createSaboteur({ world, measures, log }: SaboteurOptions) {
  const began = Date.now()
  const done: ChaosReport['faults'] = []
  const broken = new Map<string, string>()
  const turns = new Map<string, Promise<void>>()
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  let healedAt = began

  const inTurn = (target: string, work: () => Promise<void>) => {
    const turn = (turns.get(target) ?? Promise.resolve()).then(work)
    turns.set(target, turn)
    return turn
  }

  async function carryOut({ fault, target, holdMs, seed }: PlannedFault<Fault>): Promise<void> {
    if (ending.signal.aborted) return
    const from = Date.now()
    const healed = measures.begin(fault.name)
    const record: ChaosReport['faults'][number] = { name: fault.name, target, atMs: from - began, lastedMs: 0 }
    done.push(record)
    broken.set(target, fault.name)
    try {
      try {
        await fault.inject(world, target, seed)
        await held(holdMs, ending.signal)
      } finally {
        await fault.heal(world, target)
      }
    } catch (error) {
      record.failed = error instanceof Error ? error.message : String(error)
      log(`${fault.name} of ${target} did not go as planned: ${record.failed}`)
    }
    healed()
    broken.delete(target)
    healedAt = Date.now()
    record.lastedMs = healedAt - from
  }

  return {
    done,
    /** When the last fault was healed so far. */
    get healedAt() {
      return healedAt
    },
    broken: () => [...broken].map(([target, name]) => (name.includes(target) ? name : `${name} (${target})`)),
    commit(planned: PlannedFault<Fault>): void {
      void inTurn(planned.fault.group ?? planned.target, () => carryOut(planned))
    },
    /** Starts a process again that ended by itself. */
    revive(name: string): void {
      void inTurn(name, () => restart(world, name)).catch((error) => log(`${name} does not come back: ${error}`))
    },
    /** Heals what is broken now, and breaks nothing more. */
    async heal(): Promise<void> {
      ending.abort()
      await Promise.allSettled(turns.values())
    },
  }
}

function held(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
