import type { HeldConversation } from '../chat/chat-state.ts'
import { conversationName, counterpart, firstName, othersIn } from '../text/names.ts'
import { useChat } from './chat-context.ts'
import { ContextChip } from './context-chip.tsx'
import { ConversationAvatar } from './conversation-avatar.tsx'
import { Icon } from './icon.tsx'

interface ConversationHeaderProps {
  conversation: HeldConversation
  onBack(): void
  /** Opens who is in it. */
  onPeople(): void
}

export function ConversationHeader({ conversation, onBack, onPeople }: ConversationHeaderProps) {
  const myId = useChat((state) => state.me?.userId)
  const other = counterpart(conversation, myId)
  return (
    <header className="bar">
      <button type="button" className="icon-button back" aria-label="Back to the list" onClick={onBack}>
        <Icon name="back" />
      </button>
      <ConversationAvatar conversation={conversation} myId={myId} />
      <span className="bar-text">
        <h2 className="bar-title">{conversationName(conversation, myId)}</h2>
        <span className="bar-line">
          <ContextChip conversation={conversation} />
          <span className="muted bar-subtitle">{other ? other.userId : peopleLine(conversation, myId)}</span>
        </span>
      </span>
      <button
        type="button"
        className="icon-button"
        data-testid="people"
        aria-label="People and details"
        title="People and details"
        onClick={onPeople}
      >
        <Icon name={other ? 'info' : 'people'} />
      </button>
    </header>
  )
}

function peopleLine(conversation: HeldConversation, myId: string | undefined): string {
  const others = othersIn(conversation, myId)
  const names = others.slice(0, 6).map(firstName)
  if (conversation.kind === 'context' && names.length < 3) return names.join(', ')
  return `${conversation.participantCount} people: you, ${names.join(', ')}${
    conversation.participantCount > names.length + 1 ? '…' : ''
  }`
}
