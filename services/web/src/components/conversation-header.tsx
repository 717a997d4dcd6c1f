import type { HeldConversation } from '../chat/chat-state.ts'
import { conversationName, firstName, othersIn } from '../text/names.ts'
import { useChat } from './chat-context.ts'
import { ConversationAvatar } from './conversation-avatar.tsx'
import { Icon } from './icon.tsx'

interface ConversationHeaderProps {
  conversation: HeldConversation
  onBack(): void
}

export function ConversationHeader({ conversation, onBack }: ConversationHeaderProps) {
  const myId = useChat((state) => state.me?.userId)
  const direct = conversation.kind === 'direct'
  const [other] = othersIn(conversation, myId)
  return (
    <header className="bar">
      <button type="button" className="icon-button back" aria-label="Back to the list" onClick={onBack}>
        <Icon name="back" />
      </button>
      <ConversationAvatar conversation={conversation} myId={myId} />
      <span className="bar-text">
        <h2 className="bar-title">{conversationName(conversation, myId)}</h2>
        <span className="muted bar-subtitle">{direct ? (other?.userId ?? '') : groupLine(conversation, myId)}</span>
      </span>
    </header>
  )
}

function groupLine(conversation: HeldConversation, myId: string | undefined): string {
  const names = othersIn(conversation, myId).slice(0, 6).map(firstName)
  return `${conversation.participantCount} people: you, ${names.join(', ')}${
    conversation.participantCount > names.length + 1 ? '…' : ''
  }`
}
