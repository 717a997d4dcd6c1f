import type { Message } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { rightsIn } from '../chat/rights.ts'
import { isolated, personName } from '../text/names.ts'
import { soleOther } from '../text/senders.ts'
import { closedText, closingText, hasRunOut } from '../text/standing.ts'
import { useChat } from './chat-context.ts'
import { Composer } from './composer.tsx'
import styles from './conversation-foot.module.css'
import { Icon } from './icon.tsx'
import { UnblockButton } from './unblock-button.tsx'
import { useMoment } from './use-moment.ts'

interface ConversationFootProps {
  conversation: HeldConversation
  editing: Message | null
  onEdited(): void
  onEditLast(): void
}

/** Where one writes, or why one cannot. */
export function ConversationFoot(props: ConversationFootProps) {
  const { conversation, editing } = props
  const myId = useChat((state) => state.me?.userId)
  const blocked = useChat((state) => state.blocked)
  const other = soleOther(conversation, myId)
  useMoment(conversation.closesAt)

  const closed =
    closedText(conversation) ?? (hasRunOut(conversation) ? 'The time for this conversation is over.' : null)
  if (closed) return <ClosedLine text={closed} />
  if (other && conversation.blocking && blocked.includes(other.userId))
    return (
      <ClosedLine text={`You have blocked ${isolated(personName(other))}. Neither of you can write here.`}>
        <UnblockButton userId={other.userId} />
      </ClosedLine>
    )
  if (conversation.me.blocked)
    return (
      <ClosedLine
        text={other ? `${isolated(personName(other))} takes no messages from you.` : 'Neither of you can write here.'}
      />
    )
  if (!rightsIn(conversation, myId).write)
    return <ClosedLine text="You are an observer here: you can read, and not write." />
  // Whose draft it is has to be known first.
  if (myId === undefined) return null
  const closing = closingText(conversation)
  return (
    <>
      {closing && (
        <p className={styles.closing} data-testid="closing">
          <Icon name="clock" /> {closing}
        </p>
      )}
      <Composer key={editing?.id ?? 'new'} {...props} />
    </>
  )
}

function ClosedLine({ text, children }: { text: string; children?: React.ReactNode }) {
  return (
    <div className={styles.closed} data-testid="composer-closed" role="status">
      <p>
        <Icon name="lock" /> {text}
      </p>
      {children}
    </div>
  )
}
