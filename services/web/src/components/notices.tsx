import { useChat, useSession } from './chat-context.ts'
import { Icon } from './icon.tsx'

export function Notices() {
  const { store } = useSession()
  const notices = useChat((state) => state.notices)
  return (
    <div className="notices" role="status" aria-live="polite">
      {notices.map((notice) => (
        <div className="notice" key={notice.id}>
          <span>{notice.text}</span>
          <button
            type="button"
            className="icon-button"
            aria-label="Dismiss"
            onClick={() => store.dispatch({ type: 'notice_dismissed', id: notice.id })}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
