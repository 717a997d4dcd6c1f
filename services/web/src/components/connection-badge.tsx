import { useChat } from './chat-context.ts'
import styles from './connection-badge.module.css'

/** Whether what is shown is what is. Without a connection the banner says what is wrong, and nothing is said twice. */
export function ConnectionBadge() {
  const connection = useChat((state) => state.connection)
  const isCatchingUp = useChat((state) => state.isCatchingUp)
  return (
    <span
      className={styles.connection}
      data-testid="connection-state"
      data-state={connection}
      data-fresh={connection === 'online' && !isCatchingUp}
    >
      {connection === 'online' ? (isCatchingUp ? 'Catching up…' : 'Live') : null}
      {connection === 'connecting' ? 'Connecting…' : null}
      {connection !== 'online' && connection !== 'connecting' ? 'Not connected' : null}
    </span>
  )
}
