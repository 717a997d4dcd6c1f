import styles from './file-icon.module.css'

/** A sheet with what it is written on it. Decorative: the name stands beside it. */
export function FileIcon({ ending }: { ending: string }) {
  return (
    <span className={styles.sheet} aria-hidden="true">
      {ending}
    </span>
  )
}
