import { useChat } from './chat-context.ts'

const labels = {
  connecting: 'Connecting…',
  online: 'Connected',
  reconnecting: 'Reconnecting…',
  offline: 'Offline',
} as const

export function ConnectionBadge() {
  const connection = useChat((state) => state.connection)
  return (
    <span className="connection" data-testid="connection-state" data-state={connection} role="status">
      {labels[connection]}
    </span>
  )
}
