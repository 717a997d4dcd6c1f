import type { ReactNode } from 'react'
import styles from './field.module.css'

/** One control of a form, below its name. */
export function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className={styles.field}>
      {label}
      {children}
    </label>
  )
}
