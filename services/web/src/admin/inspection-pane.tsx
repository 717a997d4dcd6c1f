import type { Conversation, ConversationStatus } from '@parley/contracts'
import { useEffect, useState } from 'react'
import type { Inspection } from '../chat/inspection.ts'
import { Button } from '../components/button.tsx'
import { SourceContext, useChat, useSession } from '../components/chat-context.ts'
import { ConfirmDialog } from '../components/confirm-dialog.tsx'
import { MessageList } from '../components/message-list.tsx'
import paneStyles from '../components/pane.module.css'
import { PaneHeader } from '../components/pane-header.tsx'
import { conversationName, idsIn } from '../text/names.ts'
import { closedText } from '../text/standing.ts'
import styles from './inspection-pane.module.css'
import { useAttempt } from './use-attempt.ts'

interface InspectionPaneProps {
  conversationId: string
  /** The message that it is about. */
  seq: number | null
  onBack(): void
  /** An admin has closed or opened it. */
  onChanged(conversation: Conversation): void
  /** They are in it, or have become so. */
  onOpenOwn(id: string): void
}

/** A conversation that is read and listened in to, without being in it. */
export function InspectionPane(props: InspectionPaneProps) {
  const { conversationId, seq } = props
  const session = useSession()
  const [inspection, setInspection] = useState<Inspection | null>(null)
  useEffect(() => {
    const begun = session.inspect(conversationId, seq)
    setInspection(begun)
    return () => session.endInspection(begun)
  }, [session, conversationId, seq])
  if (!inspection) return null
  return (
    <SourceContext value={inspection}>
      <Inspected {...props} />
    </SourceContext>
  )
}

function Inspected({ conversationId, seq, onBack, onChanged, onOpenOwn }: InspectionPaneProps) {
  const { admin } = useSession()
  const conversation = useChat((state) => state.conversations[conversationId])
  const failure = useChat((state) => state.timelines[conversationId]?.detail)
  const myId = useChat((state) => state.me?.userId)
  const { busy, attempt } = useAttempt()
  const [closing, setClosing] = useState(false)
  if (!conversation)
    return (
      <section className={paneStyles.pane} data-empty>
        <div className={paneStyles.note}>
          <p className="muted">{failure ?? 'Loading the conversation…'}</p>
          <Button quiet onClick={onBack}>
            Back to the list
          </Button>
        </div>
      </section>
    )

  const setStatus = (status: ConversationStatus) =>
    attempt(async () => onChanged(await admin.setConversationStatus({ conversationId, status })))
  const join = () =>
    attempt(async () => {
      await admin.joinConversation({ conversationId })
      onOpenOwn(conversationId)
    })
  const isIn = conversation.participants.some(({ userId }) => userId === myId)
  const closed = closedText(conversation)

  return (
    <section className={paneStyles.pane} aria-label={`Reading ${conversationName(conversation, undefined)}`}>
      <PaneHeader conversation={conversation} myId={undefined} subtitle={idsIn(conversation)} onBack={onBack} />
      <MessageList conversation={conversation} about={seq} />
      <footer className={styles.foot}>
        <p className="muted" data-testid="listening">
          {closed ?? (isIn ? 'You are in this conversation.' : 'You are listening in. Nobody in it can see that.')}
        </p>
        <span className={styles.actions}>
          {isIn ? (
            <Button onClick={() => onOpenOwn(conversationId)}>Open</Button>
          ) : (
            <Button data-testid="join" disabled={busy} onClick={join}>
              Join visibly
            </Button>
          )}
          {conversation.status === 'active' ? (
            <Button quiet danger data-testid="close-conversation" disabled={busy} onClick={() => setClosing(true)}>
              Close for everybody
            </Button>
          ) : (
            <Button quiet data-testid="reopen-conversation" disabled={busy} onClick={() => setStatus('active')}>
              Reopen
            </Button>
          )}
        </span>
      </footer>
      {closing && (
        <ConfirmDialog
          title="Close this conversation for everybody?"
          action="Close for everybody"
          keep="Leave it open"
          testId="confirm-close"
          onConfirm={() => setStatus('closed')}
          onClose={() => setClosing(false)}
        >
          <p>
            Nobody in it can write any more. They keep what is there, and are told that a moderator has closed it. You
            can open it again.
          </p>
        </ConfirmDialog>
      )}
    </section>
  )
}
