import type { Message } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { nameIn } from '../text/names.ts'
import { useChat } from './chat-context.ts'
import styles from './message-reactions.module.css'

interface MessageReactionsProps {
  message: Message
  conversation: HeldConversation
  /** Left out: they are only looked at. */
  onToggle?: ((emoji: string) => void) | undefined
}

/** As many people as a reaction names. */
const MAX_NAMED = 10

/** Who reacted with what, below a message; each is a button that adds one's own or takes it back. */
export function MessageReactions({ message, conversation, onToggle }: MessageReactionsProps) {
  const myId = useChat((state) => state.me?.userId)
  if (message.reactions.length === 0) return null
  return (
    <ul className={styles.reactions} aria-label="Reactions">
      {message.reactions.map(({ emoji, userIds }) => {
        const names = userIds
          .slice(0, MAX_NAMED)
          .map((userId) => (userId === myId ? 'you' : nameIn(conversation.participants, userId)))
        const more = userIds.length - names.length
        const who = `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
        return (
          <li key={emoji}>
            <button
              type="button"
              className={styles.reaction}
              data-testid="reaction"
              aria-pressed={myId !== undefined && userIds.includes(myId)}
              aria-label={`${emoji} by ${who}`}
              title={who}
              disabled={!onToggle}
              onClick={() => onToggle?.(emoji)}
            >
              <span aria-hidden="true">{emoji}</span>
              <span>{userIds.length}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
