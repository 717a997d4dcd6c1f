import type { ComponentProps } from 'react'
import styles from './tag.module.css'

/** A word or two about a conversation or a person; `ended` when it is over. */
export function Tag({ ended = false, ...rest }: Omit<ComponentProps<'span'>, 'className'> & { ended?: boolean }) {
  return <span className={styles.tag} data-ended={ended || undefined} {...rest} />
}
