import type { InspectedFile } from '../ports.ts'

/** Longer than a day nobody speaks. */
const LONGEST_MS = 24 * 3_600_000

/** Bytes a second of the quietest recording and of the loudest: what is outside is no recording of that length. */
const LEAST = 50
const MOST = 1_000_000
/** Headers, titles, and a first frame, whatever the length. */
const BESIDES = 64 * 1024

/**
 * What is kept of what a sender says of sound: their duration only where the file does not say its own and may be so long, and the levels
 * that it is drawn with. Nothing of files that are not sound.
 */
export function voiceOf(
  file: Pick<InspectedFile, 'kind' | 'size' | 'durationMs'>,
  said: { peaks?: readonly number[] | undefined; durationMs?: number | undefined },
): { peaks: number[] | null; durationMs: number | null } {
  if (file.kind !== 'audio') return { peaks: null, durationMs: file.durationMs }
  const peaks = said.peaks && said.peaks.length > 0 ? [...said.peaks] : null
  return { peaks, durationMs: file.durationMs ?? plausible(said.durationMs, file.size) }
}

function plausible(durationMs: number | undefined, size: number): number | null {
  if (durationMs === undefined || !(durationMs > 0 && durationMs <= LONGEST_MS)) return null
  const seconds = durationMs / 1000
  return size >= seconds * LEAST && size <= seconds * MOST + BESIDES ? Math.round(durationMs) : null
}
