import type { ComponentProps } from 'react'
import { Icon, type IconName } from './icon.tsx'
import styles from './icon-button.module.css'

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: IconName
  /** What it is called by those who do not see the icon. */
  label: string
  strong?: boolean
}

/** A round button with nothing but an icon on it. */
export function IconButton({ icon, label, strong = false, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`${styles.button} ${strong ? styles.strong : ''} ${className}`}
      aria-label={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}
