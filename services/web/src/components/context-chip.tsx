import type { HeldConversation } from '../chat/chat-state.ts'
import { isOver, statusWords } from '../text/standing.ts'
import styles from './context-chip.module.css'
import { Tag } from './tag.tsx'

/** What of the host's a conversation is about, and whether it is still open. Nothing where there is nothing to say. */
export function ContextChip({ conversation }: { conversation: HeldConversation }) {
  const { context, status } = conversation
  if (!context && status === 'active') return null
  return (
    <span className={styles.tags}>
      {context && (
        <Tag ended={isOver(conversation)} data-testid="context-chip">
          {context.type}
          {context.status && ` · ${context.status.replaceAll('_', ' ')}`}
        </Tag>
      )}
      {status !== 'active' && (
        <Tag ended data-testid="status-chip">
          {statusWords[status]}
        </Tag>
      )}
    </span>
  )
}
