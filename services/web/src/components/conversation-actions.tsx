import { useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { rightsIn } from '../chat/rights.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { blockText } from '../text/blocking.ts'
import { conversationName, isolated, personName } from '../text/names.ts'
import { soleOther } from '../text/senders.ts'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import styles from './conversation-actions.module.css'
import { Icon } from './icon.tsx'
import { ReportDialog } from './report-dialog.tsx'
import { allClosed } from './use-overlay.ts'

interface ConversationActionsProps {
  conversation: HeldConversation
  /** False: it was refused, and the refusal is shown. */
  attempt(act: () => Promise<unknown>): Promise<boolean>
  /** Closes what this stands in. */
  onClose(): void
}

type Reported = { title: string; subject: { userId: string } | { conversationId: string } }

/** What one does against somebody or something in a conversation: each of it looks like that, and asks first. */
export function ConversationActions({ conversation, attempt, onClose }: ConversationActionsProps) {
  const { id, kind } = conversation
  const session = useSession()
  const { people } = session
  const myId = useChat((state) => state.me?.userId)
  const isAdmin = useChat((state) => state.me?.role === 'admin')
  const blocked = useChat((state) => state.blocked)
  const [asks, setAsks] = useState<'block' | 'leave' | null>(null)
  const [reported, setReported] = useState<Reported | null>(null)
  const other = soleOther(conversation, myId)
  const name = other && isolated(personName(other))
  const isBlocked = other !== null && blocked.includes(other.userId)
  const what = kind === 'group' ? 'group' : 'conversation'

  const leave = async () => {
    // The conversation goes, and what lies over it before.
    onClose()
    await allClosed()
    try {
      await people.leave(id)
      session.notify(`You have left “${isolated(conversationName(conversation, myId))}”.`)
    } catch (err) {
      session.notify(toRequestFailure(err).message)
    }
  }

  return (
    <div className={styles.actions}>
      {other && isBlocked && (
        <Button quiet data-testid="unblock-user" onClick={() => attempt(() => people.unblock(other.userId))}>
          <Icon name="block" /> Unblock {name}
        </Button>
      )}
      {other && !isBlocked && conversation.blocking && (
        <Button quiet danger data-testid="block-user" onClick={() => setAsks('block')}>
          <Icon name="block" /> Block {name}
        </Button>
      )}
      {other && (
        <Button
          quiet
          danger
          data-testid="report-user"
          onClick={() => setReported({ title: `Report ${name}`, subject: { userId: other.userId } })}
        >
          <Icon name="flag" /> Report {name}
        </Button>
      )}
      <Button
        quiet
        danger
        data-testid="report-conversation"
        onClick={() => setReported({ title: 'Report this conversation', subject: { conversationId: id } })}
      >
        <Icon name="flag" /> Report this conversation
      </Button>
      {rightsIn(conversation, myId, isAdmin).leave && (
        <Button quiet danger data-testid="leave-group" onClick={() => setAsks('leave')}>
          <Icon name="leave" /> Leave this {what}
        </Button>
      )}
      {asks === 'block' && other && (
        <ConfirmDialog
          title={`Block ${name}?`}
          action="Block"
          keep="Cancel"
          testId="confirm-block"
          onConfirm={() => attempt(() => people.block(other.userId))}
          onClose={() => setAsks(null)}
        >
          <p>{blockText(conversation)}</p>
        </ConfirmDialog>
      )}
      {asks === 'leave' && (
        <ConfirmDialog
          title={`Leave this ${what}?`}
          action="Leave"
          keep="Stay"
          testId="confirm-leave"
          onConfirm={leave}
          onClose={() => setAsks(null)}
        >
          <p>You will not see it any more, unless somebody lets you in again. The others see that you have left.</p>
        </ConfirmDialog>
      )}
      {reported && <ReportDialog {...reported} onClose={() => setReported(null)} />}
    </div>
  )
}
