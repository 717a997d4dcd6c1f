import { readdirSync, readFileSync } from 'node:fs'

/** The kernel reports times in ticks of this length, whatever its own timer does (USER_HZ). Milliseconds. */
const TICK_MS = 10

/** A process of a server, by the name under which its costs are reported; `children` counts what it has forked too. */
export interface Measured {
  name: string
  pid: number
  children?: boolean
}

interface Stat {
  parent: number
  /** User and system time of the process itself, milliseconds. */
  own: number
  /** Of children that have ended and were waited for. */
  reaped: number
}

function readStat(pid: number | string): Stat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined // it has ended
  }
  // The name in parentheses may hold anything, spaces and parentheses included: see proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const at = (index: number) => Number(fields[index])
  return { parent: at(1), own: (at(11) + at(12)) * TICK_MS, reaped: (at(13) + at(14)) * TICK_MS }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readStat(name)?.parent === pid)
    .map(Number)
}

/** CPU time that the process has used so far, milliseconds; 0 when it is gone. */
function cpuOf({ pid, children }: Measured): number {
  const stat = readStat(pid)
  if (!stat) return 0
  if (!children) return stat.own
  return childrenOf(pid).reduce((sum, child) => sum + (readStat(child)?.own ?? 0), stat.own + stat.reaped)
}

/** What all processes of the machine have used so far, and what there was to use, milliseconds over all cores. */
export function machineTime(): { used: number; available: number } {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  // user nice system idle iowait irq softirq steal; guest times are in user already: see proc(5).
  const [user, nice, system, idle, wait, irq, softirq, steal] = line!.trim().split(/\s+/).slice(1).map(Number)
  const used = user! + nice! + system! + irq! + softirq! + steal!
  return { used: used * TICK_MS, available: (used + idle! + wait!) * TICK_MS }
}

/** The CPU time of each name so far, milliseconds; processes of one name are added up. */
export function cpuByName(processes: readonly Measured[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const process of processes) times.set(process.name, (times.get(process.name) ?? 0) + cpuOf(process))
  return times
}

/**
 * Proportional set size of each name, KiB: a page that n processes share counts 1/n in each, so that the sum over
 * processes is what they take together. Buffers inside the kernel are not in it.
 */
export function memoryByName(processes: readonly Measured[]): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const { name, pid, children } of processes) {
    const pids = children ? [pid, ...childrenOf(pid)] : [pid]
    sizes.set(
      name,
      pids.reduce((sum, one) => sum + pssOf(one), sizes.get(name) ?? 0),
    )
  }
  return sizes
}

/** 0 when the process is gone or belongs to somebody else. */
function pssOf(pid: number): number {
  return kibibytes(`/proc/${pid}/smaps_rollup`, 'Pss')
}

/** Resident set size, KiB: what `ps` and container limits speak of. */
export function residentOf(pid: number): number {
  return kibibytes(`/proc/${pid}/status`, 'VmRSS')
}

function kibibytes(file: string, field: string): number {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
