import { useEffect, useState } from 'react'
import { useChat } from './chat-context.ts'
import styles from './connection-banner.module.css'

/** A blink of the connection is nobody's business; the banner waits this long. */
const PATIENCE_MS = 1200

/** Where messages are written it has to be plain that they wait. */
export function ConnectionBanner() {
  const away = useChat((state) => state.connection === 'reconnecting' || state.connection === 'offline')
  const offline = useChat((state) => state.connection === 'offline')
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!away) return setShown(false)
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [away])
  if (!shown) return null
  return (
    <p className={styles.banner} role="status">
      {offline ? 'You are offline.' : 'Reconnecting…'} What you write is sent as soon as the connection is back.
    </p>
  )
}
