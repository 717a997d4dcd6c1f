import { useState } from 'react'
import { placeOf } from '../net/site.ts'
import { hueOf, initials } from '../text/names.ts'
import styles from './avatar.module.css'
import { Icon, type IconName } from './icon.tsx'

interface AvatarProps {
  id: string
  name: string
  url?: string | null
  /** In place of initials. */
  symbol?: IconName | null
  small?: boolean
  className?: string | undefined
}

/** Purely decorative: the name always stands beside it. */
export function Avatar({ id, name, url = null, symbol = null, small = false, className = '' }: AvatarProps) {
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null)
  const look = { className: `${styles.avatar} ${className}`, 'data-small': small || undefined }
  if (url && url !== brokenUrl)
    return <img {...look} src={placeOf(url)} alt="" loading="lazy" onError={() => setBrokenUrl(url)} />
  return (
    <span {...look} style={{ '--hue': hueOf(id) } as React.CSSProperties} aria-hidden="true">
      {symbol ? <Icon name={symbol} /> : initials(name)}
    </span>
  )
}
