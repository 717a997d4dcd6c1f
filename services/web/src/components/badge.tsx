import type { ComponentProps } from 'react'
import styles from './badge.module.css'

/** How many there are of what one has not seen. */
export function Badge(props: Omit<ComponentProps<'span'>, 'className'>) {
  return <span className={styles.badge} {...props} />
}
