import type { Conversation, ConversationStatus } from '@parley/contracts'
import { useEffect, useState } from 'react'
import type { Inspection } from '../chat/inspection.ts'
import { SourceContext, useChat, useSession } from '../components/chat-context.ts'
import { ContextChip } from '../components/context-chip.tsx'
import { ConversationAvatar } from '../components/conversation-avatar.tsx'
import { Icon } from '../components/icon.tsx'
import { MessageList } from '../components/message-list.tsx'
import { toRequestFailure } from '../net/request-failure.ts'
import { conversationName, idsIn } from '../text/names.ts'
import { closedText } from '../text/standing.ts'

interface InspectionPaneProps {
  conversationId: string
  onBack(): void
  /** An admin has closed or opened it. */
  onChanged(conversation: Conversation): void
  /** They are in it, or have become so. */
  onOpenOwn(id: string): void
}

/** A conversation that is read and listened in to, without being in it. */
export function InspectionPane(props: InspectionPaneProps) {
  const { conversationId } = props
  const session = useSession()
  const [inspection, setInspection] = useState<Inspection | null>(null)
  useEffect(() => {
    const begun = session.inspect(conversationId)
    setInspection(begun)
    return () => session.endInspection(begun)
  }, [session, conversationId])
  if (!inspection) return null
  return (
    <SourceContext value={inspection}>
      <Inspected {...props} />
    </SourceContext>
  )
}

function Inspected({ conversationId, onBack, onChanged, onOpenOwn }: InspectionPaneProps) {
  const session = useSession()
  const { admin } = session
  const conversation = useChat((state) => state.conversations[conversationId])
  const failure = useChat((state) => state.timelines[conversationId]?.detail)
  const myId = useChat((state) => state.me?.userId)
  const [busy, setBusy] = useState(false)
  if (!conversation)
    return (
      <section className="pane pane-empty">
        <div className="empty">
          <p className="muted">{failure ?? 'Loading the conversation…'}</p>
          <button type="button" className="quiet-button" onClick={onBack}>
            Back to the list
          </button>
        </div>
      </section>
    )

  const attempt = async (act: () => Promise<void>) => {
    setBusy(true)
    await act().catch((err) => session.notify(toRequestFailure(err).message))
    setBusy(false)
  }
  const setStatus = (status: ConversationStatus) =>
    attempt(async () => onChanged(await admin.setStatus(conversationId, status)))
  const join = () =>
    attempt(async () => {
      await admin.join(conversationId)
      onOpenOwn(conversationId)
    })
  const isIn = conversation.participants.some(({ userId }) => userId === myId)
  const closed = closedText(conversation)

  return (
    <section className="pane" aria-label={`Reading ${conversationName(conversation, undefined)}`}>
      <header className="bar">
        <button type="button" className="icon-button back" aria-label="Back to the list" onClick={onBack}>
          <Icon name="back" />
        </button>
        <ConversationAvatar conversation={conversation} myId={undefined} />
        <span className="bar-text">
          <h2 className="bar-title">{conversationName(conversation, undefined)}</h2>
          <span className="bar-line">
            <ContextChip conversation={conversation} />
            <span className="muted bar-subtitle">{idsIn(conversation)}</span>
          </span>
        </span>
      </header>
      <MessageList conversation={conversation} />
      <footer className="inspection-foot">
        <p className="muted" data-testid="listening">
          {closed ?? (isIn ? 'You are in this conversation.' : 'You are listening in. Nobody in it can see that.')}
        </p>
        <span className="inspection-actions">
          {isIn ? (
            <button type="button" className="primary" onClick={() => onOpenOwn(conversationId)}>
              Open
            </button>
          ) : (
            <button type="button" className="primary" data-testid="join" disabled={busy} onClick={join}>
              Join visibly
            </button>
          )}
          {conversation.status === 'active' ? (
            <button
              type="button"
              className="primary danger-button"
              data-testid="close-conversation"
              disabled={busy}
              onClick={() => setStatus('closed')}
            >
              Close
            </button>
          ) : (
            <button
              type="button"
              className="quiet-button"
              data-testid="reopen-conversation"
              disabled={busy}
              onClick={() => setStatus('active')}
            >
              Reopen
            </button>
          )}
        </span>
      </footer>
    </section>
  )
}
