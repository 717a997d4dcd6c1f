import type { ComponentProps } from 'react'
import styles from './badge.module.css'

interface BadgeProps extends Omit<ComponentProps<'span'>, 'className'> {
  /** It is there to be seen, and calls for nobody. */
  quiet?: boolean
}

/** How many there are of what one has not seen. */
export function Badge({ quiet = false, ...rest }: BadgeProps) {
  return <span className={styles.badge} data-quiet={quiet || undefined} {...rest} />
}
