import { useCallback, useEffect, useState } from 'react'
import { flushSync } from 'react-dom'
import { AdminScreen } from '../admin/admin-screen.tsx'
import { totalUnread, unreadLabel } from '../chat/read-state.ts'
import { onPushClicked } from '../net/browser-push.ts'
import { BroadcastBanner } from './broadcast-banner.tsx'
import { useChat, useSession } from './chat-context.ts'
import styles from './chat-screen.module.css'
import { ConnectionBanner } from './connection-banner.tsx'
import { ConversationList } from './conversation-list.tsx'
import { ConversationPane } from './conversation-pane.tsx'
import { EmptyPane } from './empty-pane.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { NewConversationDialog } from './new-conversation-dialog.tsx'
import { Notices } from './notices.tsx'
import { PushOffer } from './push-offer.tsx'
import { Sidebar } from './sidebar.tsx'
import { SwitchDialog } from './switch-dialog.tsx'
import { useAttention } from './use-attention.ts'
import { usePlace } from './use-place.ts'

/** Two panes side by side; on a phone one at a time. An admin has the tenant's conversations in their place. */
export function ChatScreen({ onSwitch }: { onSwitch(): void }) {
  const { store, uploads } = useSession()
  const openId = useChat((state) => state.openId)
  const unread = useChat(totalUnread)
  const isAdmin = useChat((state) => state.me?.role === 'admin')
  const [creating, setCreating] = useState(false)
  const [leaving, setLeaving] = useState<{ unsent: number; drafts: number; files: number } | null>(null)
  const [place, go] = usePlace()
  const open = useCallback((conversationId: string | null) => go({ view: 'chat', conversationId }), [go])
  useAttention()
  useEffect(() => onPushClicked(open), [open])

  useEffect(() => {
    document.title = unread ? `(${unreadLabel(unread)}) Parley` : 'Parley'
    return () => {
      document.title = 'Parley'
    }
  }, [unread])

  const leave = () => {
    const { outgoing, drafts, unsaved } = store.getState()
    const begun = Object.keys(drafts).filter((id) => unsaved[id])
    const left = { unsent: Object.values(outgoing).flat().length, drafts: begun.length, files: uploads.chosen }
    if (left.unsent + left.drafts + left.files > 0) setLeaving(left)
    else onSwitch()
  }

  const back = () => {
    const left = openId
    // The list may only then be on the screen.
    flushSync(() => open(null))
    document.getElementById(`conversation-${left}`)?.focus()
  }

  return (
    <div className={styles.screen}>
      <ConnectionBanner />
      <BroadcastBanner />
      <PushOffer />
      {place.view === 'admin' && isAdmin ? (
        <ErrorBoundary key={place.tab} back="Back to your messages" onBack={() => open(null)}>
          <AdminScreen place={place} go={go} />
        </ErrorBoundary>
      ) : (
        <div className={styles.chat} data-open={openId !== null}>
          <ErrorBoundary back="Show the list again" onBack={() => open(null)}>
            <Sidebar
              onOpen={open}
              onSwitch={leave}
              onCreate={() => setCreating(true)}
              onModerate={() => go({ view: 'admin', tab: 'conversations', conversationId: null, seq: null })}
              onReports={() => go({ view: 'admin', tab: 'reports', conversationId: null, seq: null })}
            >
              <ConversationList onOpen={open} />
            </Sidebar>
          </ErrorBoundary>
          {openId ? (
            <ErrorBoundary key={openId} back="Back to the list" onBack={back}>
              <ConversationPane conversationId={openId} onBack={back} />
            </ErrorBoundary>
          ) : (
            <EmptyPane onCreate={() => setCreating(true)} />
          )}
        </div>
      )}
      {creating && <NewConversationDialog onClose={() => setCreating(false)} onCreated={open} />}
      {leaving && <SwitchDialog {...leaving} onSwitch={onSwitch} onClose={() => setLeaving(null)} />}
      <Notices />
    </div>
  )
}
