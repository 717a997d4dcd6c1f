import type { Reached } from './preferences.ts'

/** A way in which somebody is told outside of the app. */
export type Way = 'push' | 'email'

/** A device or address of somebody's. */
export interface Target {
  /** The channel that hands over to it. */
  channel: string
  /** As that channel knows it. */
  target: string
}

/** By user id, where each of these is told in that way. */
export type TargetsOf = (
  tenantId: string,
  way: Way,
  users: readonly Reached[],
) => Promise<Map<string, readonly Target[]>>
