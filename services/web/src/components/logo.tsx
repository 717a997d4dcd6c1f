import { Icon } from './icon.tsx'

export function Logo() {
  return (
    <span className="logo">
      <span className="logo-mark">
        <Icon name="bubble" />
      </span>
      Parley
    </span>
  )
}
