import type { ReactNode } from 'react'
import styles from './person-text.module.css'

interface PersonTextProps {
  name: string
  /** Cut off what does not fit, rather than breaking it. */
  oneLine?: boolean
  className?: string | undefined
  /** Below the name. */
  children?: ReactNode
}

/** Beside an avatar: a name, and what is known of who has it. */
export function PersonText({ name, oneLine = false, className = '', children }: PersonTextProps) {
  return (
    <span className={`${styles.text} ${className}`} data-one-line={oneLine || undefined}>
      <span className={styles.name} dir="auto">
        {name}
      </span>
      {children}
    </span>
  )
}
