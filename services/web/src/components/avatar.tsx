import { useState } from 'react'
import { hueOf, initials } from '../text/names.ts'
import { Icon } from './icon.tsx'

interface AvatarProps {
  id: string
  name: string
  url?: string | null
  group?: boolean
  small?: boolean
}

/** Purely decorative: the name always stands beside it. */
export function Avatar({ id, name, url = null, group = false, small = false }: AvatarProps) {
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null)
  const className = `avatar${small ? ' avatar-small' : ''}`
  if (url && url !== brokenUrl)
    return <img className={className} src={url} alt="" loading="lazy" onError={() => setBrokenUrl(url)} />
  return (
    <span className={className} style={{ '--hue': hueOf(id) } as React.CSSProperties} aria-hidden="true">
      {group ? <Icon name="people" /> : initials(name)}
    </span>
  )
}
