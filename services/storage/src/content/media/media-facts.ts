/** What is known of a film or of sound. */
export interface MediaFacts {
  kind: 'video' | 'audio'
  /** As it is shown: turned, where the file says so. */
  width: number | null
  height: number | null
  durationMs: number | null
}

/** Longer is nothing that people send one another: a file that says so is wrong about it. */
const MAX_DURATION_MS = 24 * 3600 * 1000

/** A duration that can be believed, in whole milliseconds; otherwise null. */
export function believableDuration(milliseconds: number | null | undefined): number | null {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return null
  const whole = Math.round(milliseconds)
  return whole > 0 && whole <= MAX_DURATION_MS ? whole : null
}
