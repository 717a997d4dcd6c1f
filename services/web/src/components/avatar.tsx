import { useState } from 'react'
import { hueOf, initials } from '../text/names.ts'
import { Icon, type IconName } from './icon.tsx'

interface AvatarProps {
  id: string
  name: string
  url?: string | null
  /** In place of initials. */
  symbol?: IconName | null
  small?: boolean
}

/** Purely decorative: the name always stands beside it. */
export function Avatar({ id, name, url = null, symbol = null, small = false }: AvatarProps) {
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null)
  const className = `avatar${small ? ' avatar-small' : ''}`
  if (url && url !== brokenUrl)
    return <img className={className} src={url} alt="" loading="lazy" onError={() => setBrokenUrl(url)} />
  return (
    <span className={className} style={{ '--hue': hueOf(id) } as React.CSSProperties} aria-hidden="true">
      {symbol ? <Icon name={symbol} /> : initials(name)}
    </span>
  )
}
