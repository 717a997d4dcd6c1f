import type { HeldConversation } from '../chat/chat-state.ts'
import { conversationName, counterpart } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import { useChat } from './chat-context.ts'
import styles from './conversation-avatar.module.css'

export function ConversationAvatar({
  conversation,
  myId,
}: {
  conversation: HeldConversation
  myId: string | undefined
}) {
  const other = counterpart(conversation, myId)
  const presence = useChat((state) => (other ? state.presence[other.userId] : undefined))
  return (
    <span className={styles.avatar}>
      <Avatar
        id={other?.userId ?? conversation.id}
        name={conversationName(conversation, myId)}
        url={other ? other.avatarUrl : conversation.pictureUrl}
        symbol={other ? null : conversation.kind === 'context' ? 'tag' : 'people'}
      />
      {presence?.online && (
        <span className={styles.dot} data-testid="presence" data-state={presence.state}>
          <span className="visually-hidden">{presence.state === 'active' ? 'online' : 'away'}</span>
        </span>
      )}
    </span>
  )
}
