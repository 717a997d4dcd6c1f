import type { Notification } from '@parley/contracts'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { agoText, fullTime } from '../text/dates.ts'
import { notificationText, notificationTitle } from '../text/notifications.ts'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import { Dialog } from './dialog.tsx'
import styles from './notifications-dialog.module.css'
import { PagesEnd } from './pages-end.tsx'
import { usePages } from './use-pages.ts'

const MINUTE_MS = 60_000

interface NotificationsDialogProps {
  onOpen(conversationId: string): void
  /** To where reports are decided. */
  onReports(): void
  onClose(): void
}

/** What one was told of, the latest first; each leads to what it is about: its conversation, at its newest message. */
export function NotificationsDialog({ onOpen, onReports, onClose }: NotificationsDialogProps) {
  const session = useSession()
  const { told, store, history } = session
  const { unread, version } = useSyncExternalStore(told.subscribe, told.getState)
  const pages = usePages(told.page)
  const { items, reload } = pages
  const [, tick] = useState(0)
  const known = useRef(version)

  // Something is new, or was read elsewhere.
  useEffect(() => {
    if (known.current !== version) reload()
    known.current = version
  })
  // Time goes on.
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), MINUTE_MS)
    return () => clearInterval(timer)
  }, [])

  const open = async (notification: Notification) => {
    const { conversationId, kind, messages } = notification
    void told.markRead(notification)
    if (conversationId === null) {
      onClose()
      if (kind === 'report') onReports()
      else await session.announcements.showAgain(messages.map(({ messageId }) => messageId))
      return
    }
    const seq = await told.placeOf(notification)
    const isOpen = store.getState().openId === conversationId
    onClose()
    if (seq !== null && isOpen) return void history.goTo(conversationId, seq)
    if (seq !== null) store.dispatch({ type: 'message_sought', sought: { conversationId, seq } })
    onOpen(conversationId)
  }
  const markAll = async () => {
    const [newest] = items
    if (newest) await told.markSeen(newest).catch((err) => session.notify(toRequestFailure(err).message))
  }

  return (
    <Dialog title="Notifications" side onClose={onClose}>
      {unread !== null && unread > 0 && items.length > 0 && (
        <Button quiet className={styles.all} data-testid="mark-notifications-read" onClick={() => void markAll()}>
          Mark all as read
        </Button>
      )}
      <ul className={styles.list} data-testid="notification-list">
        {items.map((notification) => (
          <li key={notification.id}>
            <Item notification={notification} onGo={() => void open(notification)} />
          </li>
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="You have been told of nothing yet." />
    </Dialog>
  )
}

function Item({ notification, onGo }: { notification: Notification; onGo(): void }) {
  const myId = useChat((state) => state.me?.userId)
  const held = useChat((state) => state.conversations[notification.conversationId ?? ''])
  const { updatedAt, readAt } = notification
  const title = notificationTitle(notification, held, myId)
  return (
    <button
      type="button"
      className={styles.item}
      data-unread={readAt === null || undefined}
      data-testid="notification"
      onClick={onGo}
    >
      <span className={styles.head}>
        <bdi className={styles.title}>{title}</bdi>
        {readAt === null && <span className="visually-hidden">unread</span>}
        <time className={styles.time} dateTime={updatedAt} title={fullTime(updatedAt)}>
          {agoText(updatedAt)}
        </time>
      </span>
      <span className={styles.words} dir="auto">
        {notificationText(notification, title)}
      </span>
    </button>
  )
}
