import styles from './waveform.module.css'

const [WIDTH, HEIGHT, LOWEST] = [100, 28, 3]
/** More do not fit beside each other. */
const MAX_BARS = 50

interface WaveformProps {
  /** Undefined: a plain line. */
  peaks: readonly number[] | undefined
  /** From 0 to 1. */
  played: number
}

/** Levels over time, the part that has been played in full colour. Decorative. */
export function Waveform({ peaks, played }: WaveformProps) {
  const levels = peaks && peaks.length > 0 ? shortened(peaks) : []
  const step = WIDTH / Math.max(levels.length, 1)
  return (
    <svg
      className={styles.wave}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {levels.length === 0 && (
        <>
          <rect x={0} y={HEIGHT / 2 - 1.5} width={WIDTH} height={3} />
          <rect x={0} y={HEIGHT / 2 - 1.5} width={WIDTH * played} height={3} data-played />
        </>
      )}
      {levels.map((level, index) => {
        const height = Math.max((level / 100) * HEIGHT, LOWEST)
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: levels have no other identity
            key={index}
            x={index * step + step * 0.2}
            y={(HEIGHT - height) / 2}
            width={step * 0.6}
            height={height}
            data-played={(index + 0.5) / levels.length <= played || undefined}
          />
        )
      })}
    </svg>
  )
}

/** The loudest of neighbours stands for them. */
function shortened(peaks: readonly number[]): number[] {
  const bars = Math.min(peaks.length, MAX_BARS)
  return Array.from({ length: bars }, (_, bar) =>
    Math.max(...peaks.slice(Math.floor((bar * peaks.length) / bars), Math.ceil(((bar + 1) * peaks.length) / bars))),
  )
}
