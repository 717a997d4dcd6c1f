import type { ReactNode } from 'react'
import styles from './inline-error.module.css'

/** Why something was refused, where it was asked for. It is read out when it comes. */
export function InlineError({ children }: { children: ReactNode }) {
  return (
    <div className={styles.error} role="alert">
      {children}
    </div>
  )
}
