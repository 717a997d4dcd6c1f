/** How many levels a recording is drawn with. */
const PEAKS = 64
const LOUDEST = 100

/** Levels of a recording from 0 to 100, evenly over its time; the loudest is 100, whatever the microphone. */
export function peaksOf(samples: Float32Array): number[] {
  const count = Math.min(PEAKS, samples.length)
  const levels = Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * samples.length) / count)
    const to = Math.floor(((index + 1) * samples.length) / count)
    let highest = 0
    for (let at = from; at < to; at++) highest = Math.max(highest, Math.abs(samples[at] ?? 0))
    return highest
  })
  const loudest = Math.max(...levels, 0)
  // Silence stays silence.
  return levels.map((level) => (loudest < 0.001 ? 0 : Math.round((level / loudest) * LOUDEST)))
}
