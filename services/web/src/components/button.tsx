import type { ComponentProps } from 'react'
import styles from './button.module.css'

interface ButtonProps extends ComponentProps<'button'> {
  /** Without a ground of its own: not what the form is for. */
  quiet?: boolean
  /** What it does cannot be undone. */
  danger?: boolean
}

/** A button with words on it. */
export function Button({ quiet = false, danger = false, className = '', ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`${quiet ? styles.quiet : styles.primary} ${className}`}
      data-danger={danger || undefined}
      {...rest}
    />
  )
}
