import { useEffect, useState } from 'react'
import { totalUnread, unreadLabel } from '../chat/read-state.ts'
import { useChat } from './chat-context.ts'
import { ConversationList } from './conversation-list.tsx'
import { ConversationPane } from './conversation-pane.tsx'
import { EmptyPane } from './empty-pane.tsx'
import { NewConversationDialog } from './new-conversation-dialog.tsx'
import { Notices } from './notices.tsx'
import { Sidebar } from './sidebar.tsx'
import { useAttention } from './use-attention.ts'
import { useOpenConversation } from './use-open-conversation.ts'

/** Two panes side by side; on a phone one at a time. */
export function ChatScreen({ onSwitch }: { onSwitch(): void }) {
  const openId = useChat((state) => state.openId)
  const unread = useChat(totalUnread)
  const [creating, setCreating] = useState(false)
  const open = useOpenConversation()
  useAttention()

  useEffect(() => {
    document.title = unread ? `(${unreadLabel(unread)}) Parley` : 'Parley'
  }, [unread])

  const back = () => {
    const left = openId
    open(null)
    // The list may only now be on the screen.
    requestAnimationFrame(() => document.getElementById(`conversation-${left}`)?.focus())
  }

  return (
    <div className="chat" data-open={openId !== null}>
      <Sidebar onSwitch={onSwitch} onCreate={() => setCreating(true)}>
        <ConversationList onOpen={open} />
      </Sidebar>
      {openId ? (
        <ConversationPane key={openId} conversationId={openId} onBack={back} />
      ) : (
        <EmptyPane onCreate={() => setCreating(true)} />
      )}
      {creating && <NewConversationDialog onClose={() => setCreating(false)} onCreated={open} />}
      <Notices />
    </div>
  )
}
