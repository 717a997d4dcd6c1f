import type { Presence } from '@parley/contracts'
import { agoText } from './dates.ts'

/** "Online", "Away" or "Last seen 5 minutes ago"; nothing where it is not known. */
export function presenceText(presence: Presence | undefined, now = new Date()): string | null {
  if (!presence || presence.state === 'unknown') return null
  if (presence.online) return presence.state === 'active' ? 'Online' : 'Away'
  if (!presence.lastSeenAt) return null
  const ago = agoText(presence.lastSeenAt, now)
  return `Last seen ${ago === 'Just now' ? 'just now' : ago}`
}
