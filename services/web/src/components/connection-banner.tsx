import { useEffect, useState } from 'react'
import { useChat } from './chat-context.ts'
import styles from './connection-banner.module.css'

/** A blink of the connection is nobody's business; the banner waits this long. */
const PATIENCE_MS = 1200

const words = {
  connecting: null,
  online: null,
  reconnecting: 'Reconnecting…',
  offline: 'You are offline.',
  unreachable: 'Cannot reach the server.',
} as const

/** That there is no connection, and whose: said here, once for the whole page. */
export function ConnectionBanner() {
  const connection = useChat((state) => state.connection)
  const isAway = words[connection] !== null
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!isAway) return setShown(false)
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [isAway])
  if (!shown || !isAway) return null
  return (
    <p className={styles.banner} role="status" data-testid="connection-banner">
      {words[connection]} What you write is sent as soon as the connection is back.
    </p>
  )
}
