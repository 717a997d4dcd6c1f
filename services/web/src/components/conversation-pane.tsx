import type { Message } from '@parley/contracts'
import { type KeyboardEvent, useState } from 'react'
import { flushSync } from 'react-dom'
import { replyPreviewOf } from '../chat/replies.ts'
import { changesTo, type MessageAction, rightsIn } from '../chat/rights.ts'
import { belongsToInputMethod } from '../text/keys.ts'
import { conversationName, previewOf } from '../text/names.ts'
import { Button } from './button.tsx'
import { useChat, useIsAway, useSession } from './chat-context.ts'
import { ConversationFoot } from './conversation-foot.tsx'
import { ConversationHeader } from './conversation-header.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { ForwardDialog } from './forward-dialog.tsx'
import { MessageList } from './message-list.tsx'
import paneStyles from './pane.module.css'
import { ParticipantsSheet } from './participants-sheet.tsx'
import { PinsDialog } from './pins-dialog.tsx'
import { ReceiptsDialog } from './receipts-dialog.tsx'
import { ReportDialog } from './report-dialog.tsx'
import { ScheduledLine } from './scheduled-line.tsx'
import { TypingLine } from './typing-line.tsx'

interface ConversationPaneProps {
  conversationId: string
  onBack(): void
}

export function ConversationPane({ conversationId, onBack }: ConversationPaneProps) {
  const session = useSession()
  const conversation = useChat((state) => state.conversations[conversationId])
  const failure = useChat((state) => state.timelines[conversationId]?.detail)
  const isAway = useIsAway()
  const myId = useChat((state) => state.me?.userId)
  const [editing, setEditing] = useState<Message | null>(null)
  const [deleting, setDeleting] = useState<Message | null>(null)
  const [forwarding, setForwarding] = useState<Message | null>(null)
  const [receipts, setReceipts] = useState<Message | null>(null)
  const [reporting, setReporting] = useState<Message | null>(null)
  const [shows, setShows] = useState<'people' | 'pins' | null>(null)

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || belongsToInputMethod(event.nativeEvent)) return
    if (editing) setEditing(null)
    else onBack()
  }

  if (!conversation)
    return (
      <main className={paneStyles.pane} data-empty onKeyDown={onKeyDown}>
        <h1 className="visually-hidden">Conversation</h1>
        <div className={paneStyles.note}>
          <p className="muted" data-testid="no-conversation">
            {failure && !isAway ? failure : 'Loading the conversation…'}
          </p>
          <Button quiet onClick={onBack}>
            Back to the list
          </Button>
        </div>
      </main>
    )

  const reply = (message: Message) => {
    // What is typed next, maybe before the next frame, is the answer.
    flushSync(() => {
      setEditing(null)
      session.store.dispatch({ type: 'reply_chosen', conversationId, replyTo: replyPreviewOf(message) })
    })
    document.querySelector<HTMLElement>('[data-testid=composer]')?.focus()
  }
  const pin = (message: Message) => void session.messages.togglePin(message)
  // Who looks at it has read it: it is left for that.
  const unread = (message: Message) => {
    onBack()
    void session.messages.markUnread(message)
  }
  const acts: Record<MessageAction, (message: Message) => void> = {
    reply,
    forward: setForwarding,
    edit: setEditing,
    pin,
    unpin: pin,
    receipts: setReceipts,
    unread,
    delete: setDeleting,
    report: setReporting,
  }
  const act = (action: MessageAction, message: Message) => acts[action](message)
  const canDelete = (message: Message) =>
    rightsIn(conversation, myId).write &&
    changesTo(message, session.store.getState().policy?.messages).includes('delete')
  const editLast = () => {
    const messages = session.store.getState().timelines[conversationId]?.messages
    const last = messages?.findLast(
      (message) => message.senderId === myId && message.type === 'text' && !message.deletedAt,
    )
    const rules = session.store.getState().policy?.messages
    if (last && changesTo(last, rules).includes('edit')) setEditing(last)
  }

  return (
    // Escape means "back" wherever the focus is in here; every control keeps its own keys.
    <main
      className={paneStyles.pane}
      aria-label={`Conversation with ${conversationName(conversation, myId)}`}
      onKeyDown={onKeyDown}
    >
      <ConversationHeader conversation={conversation} onBack={onBack} onShow={setShows} />
      <MessageList conversation={conversation} onAct={act} />
      <TypingLine conversation={conversation} />
      <ScheduledLine conversation={conversation} />
      <ConversationFoot
        conversation={conversation}
        editing={editing}
        onEdited={() => setEditing(null)}
        onEditLast={editLast}
      />
      {deleting && (
        <DeleteDialog
          message={deleting}
          everybody={deleting.senderId === myId && canDelete(deleting)}
          onClose={() => setDeleting(null)}
        />
      )}
      {forwarding && <ForwardDialog message={forwarding} onClose={() => setForwarding(null)} />}
      {receipts && <ReceiptsDialog message={receipts} onClose={() => setReceipts(null)} />}
      {reporting && (
        <ReportDialog
          subject={{ messageId: reporting.id }}
          title="Report this message"
          quote={previewOf(reporting, conversation.participants)}
          onClose={() => setReporting(null)}
        />
      )}
      {shows === 'people' && <ParticipantsSheet conversation={conversation} onClose={() => setShows(null)} />}
      {shows === 'pins' && <PinsDialog conversation={conversation} onClose={() => setShows(null)} />}
    </main>
  )
}
