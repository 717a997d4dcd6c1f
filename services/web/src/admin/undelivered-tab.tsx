import pageStyles from './admin-page.module.css'
import { DeadEvents } from './dead-events.tsx'
import { DeadNotifications } from './dead-notifications.tsx'

interface UndeliveredTabProps {
  onInspect(conversationId: string): void
}

/** What went aside since it reached nobody or could not be handled, each with what tries it again. */
export function UndeliveredTab({ onInspect }: UndeliveredTabProps) {
  return (
    <div className={pageStyles.page} data-testid="undelivered">
      <DeadNotifications onInspect={onInspect} />
      <DeadEvents onInspect={onInspect} />
    </div>
  )
}
