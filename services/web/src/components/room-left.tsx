import { numberText } from '../text/dates.ts'
import { roomLeft } from '../text/length.ts'
import styles from './room-left.module.css'

/** How much may still be written, once it matters. Nothing is cut: what is too long is said to be. */
export function RoomLeft({ text, limit }: { text: string; limit: number }) {
  const left = roomLeft(text, limit)
  if (left === null) return null
  return (
    <span className={styles.room} data-over={left < 0} data-testid="room-left" role="status">
      {left < 0
        ? `Too long by ${numberText(-left)} ${left === -1 ? 'character' : 'characters'}: at most ${numberText(limit)}`
        : `${numberText(left)} left`}
    </span>
  )
}
