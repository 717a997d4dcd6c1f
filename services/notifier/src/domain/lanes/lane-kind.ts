/** The kind of the job that hands over what waits in a tenant for a channel. */
export const laneKind = (channel: string): string => `hand_over:${channel}`
