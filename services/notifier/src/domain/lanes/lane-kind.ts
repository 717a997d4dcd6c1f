/** The kind of the job that hands over what waits in a tenant for a channel. */
export const laneKind = (channel: string): string => `hand_over:${channel}`

/** So many besides share what waits, where that is much. */
const HELPERS = 3

/** The keys of the jobs of those. The lane itself has the channel as its key. */
export const helperKeys = (channel: string): string[] =>
  Array.from({ length: HELPERS }, (_, n) => `${channel} ${n + 2}`)
