import type { Lane } from '../ports/lane.ts'
import { drainLane, type LaneDeps } from './drain-lane.ts'
import { laneKind } from './lane-kind.ts'

/** Tenants whose lanes a process drains at once, for a channel: one whose receiver hangs has one place. */
const AT_ONCE = 16

/** As jobs are done. */
type Handler = (
  job: { tenantId: string; key: string },
  context: { signal: AbortSignal },
) => Promise<{ againMs: number } | undefined>

/**
 * The jobs that hand over what waits, a kind for each channel: the trouble of one keeps no other waiting. Where much waits in a tenant, other
 * processes help.
 */
export function createLanes(
  deps: Omit<LaneDeps, 'closedUntil' | 'draining'>,
  lanes: readonly Lane[],
): { handlers: Record<string, Handler>; atOnce: Record<string, number> } {
  const state = { closedUntil: new Map<string, number>(), draining: new Set<string>() }
  return {
    handlers: Object.fromEntries(
      lanes.map((lane) => [
        laneKind(lane.channel),
        (job, context) => drainLane({ ...deps, ...state }, lane, job, context),
      ]),
    ),
    atOnce: Object.fromEntries(lanes.map(({ channel }) => [laneKind(channel), AT_ONCE])),
  }
}
