import type { Sizes } from '../config.ts'
import type { Faults } from '../load/jobs.ts'
import type { MeasureHooks } from '../measure.ts'
import type { System, SystemName } from '../systems/system.ts'

/** One line of the table. The goals are those of the design. */
export interface FigureSpec {
  name: string
  digits: number
  must?: Bound
  /** Of Parley's figure, as a ratio to the echo's in the same run. */
  ofEcho?: Bound
  /** The same, to the plain server's. */
  ofPlain?: Bound
  /** The same of Parley as one process. */
  oneOfPlain?: Bound
  /** As a ratio to the same figure of another workload in the same run. */
  ofWorkload?: { name: string; bound: Bound }
}
export type Bound = { least: number } | { most: number }

export interface Outcome {
  figures: Record<string, number>
  faults: Faults
  /** CPU-ms per 1,000 units by process name, and of the load, which is not a server's. */
  cpu: Record<string, number>
  /** Share of the machine that others used meanwhile: above a few per cent, only ratios mean something. */
  otherLoad?: number
  reasons: string[]
}

export interface Tools {
  /** Added to the measurement of each job, for profiles. */
  hooks: MeasureHooks
  log: (line: string) => void
}

export interface Workload {
  name: string
  title: (sizes: Sizes) => string
  systems: readonly SystemName[]
  figures: readonly FigureSpec[]
  /** What `cpu` counts per thousand of. */
  unit: string
  run(system: System, sizes: Sizes, tools: Tools): Promise<Outcome>
}

/** Of a workload in which nobody can miss anything. */
export const NO_FAULTS: Faults = { lost: 0, toSync: 0, duplicated: 0, outOfOrder: 0, failed: 0 }
