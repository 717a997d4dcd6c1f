import type { ComponentProps, ReactNode } from 'react'
import styles from './setting.module.css'

interface SettingProps extends Omit<ComponentProps<'input'>, 'type' | 'onChange' | 'children'> {
  label: string
  /** What it means, where that is not plain. */
  explained?: ReactNode
  onChange(checked: boolean): void
}

/** Something that is so or not. */
export function Setting({ label, explained, onChange, ...rest }: SettingProps) {
  return (
    <label className={styles.setting} data-disabled={rest.disabled || undefined}>
      <input type="checkbox" onChange={(event) => onChange(event.target.checked)} {...rest} />
      <span>
        {label}
        {explained && <span className={styles.explained}>{explained}</span>}
      </span>
    </label>
  )
}
