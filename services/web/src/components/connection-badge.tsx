import { useChat } from './chat-context.ts'
import styles from './connection-badge.module.css'

const labels = { connecting: 'Connecting…', online: 'Connected' } as const

/** Without a connection the banner says what is wrong, and nothing is said twice. */
export function ConnectionBadge() {
  const connection = useChat((state) => state.connection)
  return (
    <span className={styles.connection} data-testid="connection-state" data-state={connection}>
      {connection === 'online' || connection === 'connecting' ? labels[connection] : 'Not connected'}
    </span>
  )
}
