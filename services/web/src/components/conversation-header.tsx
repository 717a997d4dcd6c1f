import type { HeldConversation } from '../chat/chat-state.ts'
import { counterpart, firstName, othersIn } from '../text/names.ts'
import { useChat } from './chat-context.ts'
import { IconButton } from './icon-button.tsx'
import { PaneHeader } from './pane-header.tsx'

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
    <PaneHeader
      conversation={conversation}
      myId={myId}
      subtitle={other ? other.userId : peopleLine(conversation, myId)}
      onBack={onBack}
    >
      <IconButton
        icon={other ? 'info' : 'people'}
        data-testid="people"
        label="People and details"
        title="People and details"
        onClick={onPeople}
      />
    </PaneHeader>
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
