import styles from './day-bars.module.css'

interface DayBarsProps {
  title: string
  days: readonly { label: string; value: number }[]
}

/** Above this many days not every bar has room for its own label. */
const LABELLED = 14

/** One bar a day, oldest first. The numbers stand in the text, so nothing depends on seeing the bars. */
export function DayBars({ title, days }: DayBarsProps) {
  const most = Math.max(1, ...days.map(({ value }) => value))
  const every = days.length > LABELLED ? 7 : days.length > 7 ? 2 : 1
  return (
    <figure className={styles.bars}>
      <figcaption>{title}</figcaption>
      <ol>
        {days.map(({ label, value }, index) => (
          <li key={label} title={`${label}: ${value}`}>
            <span className="visually-hidden">{`${label}: ${value}`}</span>
            <span className={styles.value} aria-hidden="true">
              {value > 0 && days.length <= LABELLED ? value : ''}
            </span>
            <span className={styles.fill} style={{ height: `${(value / most) * 100}px` }} />
            <span className={styles.label} aria-hidden="true">
              {(days.length - 1 - index) % every === 0 ? label : ''}
            </span>
          </li>
        ))}
      </ol>
    </figure>
  )
}
