import { useState, useSyncExternalStore } from 'react'
import { unreadLabel } from '../chat/read-state.ts'
import { Badge } from './badge.tsx'
import { useSession } from './chat-context.ts'
import { IconButton } from './icon-button.tsx'
import styles from './notification-bell.module.css'
import { NotificationsDialog } from './notifications-dialog.tsx'

/** How much one was told of and has not seen; it opens what that is. */
export function NotificationBell({ onOpen, onReports }: { onOpen(conversationId: string): void; onReports(): void }) {
  const { told } = useSession()
  const { unread } = useSyncExternalStore(told.subscribe, told.getState)
  const [shows, setShows] = useState(false)
  return (
    <span className={styles.bell}>
      <IconButton
        icon="bell"
        data-testid="notifications"
        label={unread ? `Notifications, ${unreadLabel(unread)} unread` : 'Notifications'}
        title="Notifications"
        onClick={() => setShows(true)}
      />
      {unread !== null && unread > 0 && (
        <Badge data-testid="unread-notifications" aria-hidden>
          {unreadLabel(unread)}
        </Badge>
      )}
      {shows && <NotificationsDialog onOpen={onOpen} onReports={onReports} onClose={() => setShows(false)} />}
    </span>
  )
}
