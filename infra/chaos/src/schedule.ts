import { seededRandom } from './random.ts'

/** What the schedule has to know of a fault. */
export interface FaultShape {
  readonly name: string
  /** The processes or links that it can hit; one is chosen each time. */
  readonly targets: readonly string[]
  /** How long it is left as it is before it is healed, milliseconds: least and most. */
  readonly holdMs: readonly [least: number, most: number]
}

export interface PlannedFault<Fault extends FaultShape = FaultShape> {
  readonly fault: Fault
  readonly target: string
  /** Since the load began. */
  readonly atMs: number
  readonly holdMs: number
  /** For choices that the fault makes itself, such as which connections it hits. */
  readonly seed: number
}

export interface ScheduleOptions<Fault extends FaultShape> {
  seed: number
  faults: readonly Fault[]
  durationMs: number
  everyMs: number
  /** No fault is held for longer than this. */
  longestHoldMs?: number
}

/** The load goes on this long after the last fault can have been healed. */
const TAIL_MS = 2_000

/**
 * Which fault hits what, when and for how long. Every fault comes once, in a random order, before any comes again. One
 * that is held for longer than `everyMs` overlaps with the next. Depends on nothing but its options.
 */
export function planFaults<Fault extends FaultShape>(options: ScheduleOptions<Fault>): PlannedFault<Fault>[] {
  const { faults, durationMs, everyMs, longestHoldMs = Number.POSITIVE_INFINITY } = options
  const random = seededRandom(options.seed)
  const planned: PlannedFault<Fault>[] = []
  let round: Fault[] = []
  for (let atMs = Math.min(everyMs, 3_000); faults.length > 0; atMs += everyMs) {
    if (round.length === 0) round = random.shuffle(faults)
    const fault = round.shift()!
    const [least, most] = fault.holdMs
    const target = random.pick(fault.targets)
    const holdMs = Math.min(random.between(least, most), longestHoldMs)
    const seed = random.between(0, 2 ** 31)
    if (atMs > durationMs - TAIL_MS) break
    planned.push({ fault, target, atMs, holdMs: Math.max(0, Math.min(holdMs, durationMs - TAIL_MS - atMs)), seed })
  }
  return planned
}
