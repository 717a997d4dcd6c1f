import styles from './quote.module.css'

/** What somebody wrote, of a message at most its first lines. */
export function Quote({ text }: { text: string }) {
  return (
    <p className={styles.quote} dir="auto">
      {text}
    </p>
  )
}
