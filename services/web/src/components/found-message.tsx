import type { ReactNode } from 'react'
import styles from './found-message.module.css'

interface FoundMessageProps {
  title: string
  time: string
  onGo(): void
  children: ReactNode
}

/** A message in a list of some: of whom, when, its words; and it leads to it. */
export function FoundMessage({ title, time, onGo, children }: FoundMessageProps) {
  return (
    <button type="button" className={styles.found} data-testid="found-message" onClick={onGo}>
      <span className={styles.head}>
        <bdi className={styles.name}>{title}</bdi>
        <time className={styles.time}>{time}</time>
      </span>
      <span className={styles.words} dir="auto">
        {children}
      </span>
    </button>
  )
}
