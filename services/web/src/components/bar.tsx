import type { ReactNode } from 'react'
import styles from './bar.module.css'

/** What stands at the top of a pane; all are of one height. */
export function Bar({ children }: { children: ReactNode }) {
  return <header className={styles.bar}>{children}</header>
}
