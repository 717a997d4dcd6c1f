import { useChat, useSession } from './chat-context.ts'
import { IconButton } from './icon-button.tsx'
import styles from './notices.module.css'

export function Notices() {
  const { store } = useSession()
  const notices = useChat((state) => state.notices)
  return (
    <div className={styles.notices} role="status" aria-live="polite">
      {notices.map((notice) => (
        <div className={styles.notice} key={notice.id}>
          <span>{notice.text}</span>
          <IconButton
            icon="close"
            label="Dismiss"
            onClick={() => store.dispatch({ type: 'notice_dismissed', id: notice.id })}
          />
        </div>
      ))}
    </div>
  )
}
