import type { HeldConversation } from '../chat/chat-state.ts'
import { counterpart, isolated, othersIn, personName, shortName } from '../text/names.ts'
import { presenceText } from '../text/presence.ts'
import { moderatorsIn } from '../text/senders.ts'
import { useChat } from './chat-context.ts'
import styles from './conversation-header.module.css'
import { ConversationMenu } from './conversation-menu.tsx'
import { IconButton } from './icon-button.tsx'
import { PaneHeader } from './pane-header.tsx'
import { Tag } from './tag.tsx'
import { useMinutes } from './use-minutes.ts'

interface ConversationHeaderProps {
  conversation: HeldConversation
  onBack(): void
  /** Opens who is in it, or what is pinned. */
  onShow(what: 'people' | 'pins'): void
}

const phone = matchMedia('(max-width: 719px)')

export function ConversationHeader({ conversation, onBack, onShow }: ConversationHeaderProps) {
  const myId = useChat((state) => state.me?.userId)
  const other = counterpart(conversation, myId)
  const moderators = moderatorsIn(conversation, myId)
  const presence = useChat((state) => (other ? state.presence[other.userId] : undefined))
  useMinutes(presence?.lastSeenAt != null)
  return (
    <PaneHeader
      conversation={conversation}
      main
      myId={myId}
      tag={moderators.length > 0 && <Tag data-testid="moderator-present">Moderator present</Tag>}
      subtitle={subtitleOf(conversation, myId) ?? presenceText(presence)}
      onBack={onBack}
    >
      <IconButton
        icon="pin"
        className={styles.wide}
        data-testid="open-pins"
        label="Pinned messages"
        title="Pinned messages"
        onClick={() => onShow('pins')}
      />
      <IconButton
        icon={other ? 'info' : 'people'}
        data-testid="people"
        label="People and details"
        title="People and details"
        onClick={() => onShow('people')}
      />
      <ConversationMenu
        conversation={conversation}
        more={
          phone.matches ? [{ id: 'show-pins', icon: 'pin', text: 'Pinned messages', act: () => onShow('pins') }] : []
        }
      />
    </PaneHeader>
  )
}

/** A direct conversation has the other's name already; who moderates it is told besides. */
function subtitleOf(conversation: HeldConversation, myId: string | undefined): string | null {
  if (!counterpart(conversation, myId)) return peopleLine(conversation, myId)
  const moderators = moderatorsIn(conversation, myId)
  return moderators.length > 0 ? moderators.map((person) => isolated(personName(person))).join(', ') : null
}

function peopleLine(conversation: HeldConversation, myId: string | undefined): string {
  const others = othersIn(conversation, myId)
  const names = others.slice(0, 6).map(shortName)
  if (conversation.kind === 'context' && names.length < 3) return names.join(', ')
  return `${conversation.participantCount} people: you, ${names.join(', ')}${
    conversation.participantCount > names.length + 1 ? '…' : ''
  }`
}
