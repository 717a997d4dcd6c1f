import { useChat } from './chat-context.ts'
import styles from './connection-badge.module.css'

const labels = {
  connecting: 'Connecting…',
  online: 'Connected',
  reconnecting: 'Reconnecting…',
  offline: 'Offline',
} as const

export function ConnectionBadge() {
  const connection = useChat((state) => state.connection)
  return (
    <span className={styles.connection} data-testid="connection-state" data-state={connection} role="status">
      {labels[connection]}
    </span>
  )
}
