import type { Lane } from '../ports/lane.ts'
import { drainLane, type LaneDeps } from './drain-lane.ts'
import { laneKind } from './lane-kind.ts'

/** Tenants whose lanes a process drains at once, for a channel: one whose receiver hangs has one place. */
const AT_ONCE = 16

/** As jobs are done. */
type Handler = (job: { tenantId: string }, context: { signal: AbortSignal }) => Promise<{ againMs: number } | undefined>

/** The jobs that hand over what waits, a kind for each channel: the trouble of one keeps no other waiting. */
export function createLanes(
  deps: Omit<LaneDeps, 'closedUntil'>,
  lanes: readonly Lane[],
): { handlers: Record<string, Handler>; atOnce: Record<string, number> } {
  const closedUntil = new Map<string, number>()
  return {
    handlers: Object.fromEntries(
      lanes.map((lane) => [
        laneKind(lane.channel),
        ({ tenantId }, context) => drainLane({ ...deps, closedUntil }, lane, tenantId, context),
      ]),
    ),
    atOnce: Object.fromEntries(lanes.map(({ channel }) => [laneKind(channel), AT_ONCE])),
  }
}
