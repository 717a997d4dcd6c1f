import { Icon } from './icon.tsx'
import styles from './logo.module.css'

export function Logo() {
  return (
    <span className={styles.logo}>
      <span className={styles.mark}>
        <Icon name="bubble" />
      </span>
      Parley
    </span>
  )
}
