import type { HeldConversation } from '../chat/chat-state.ts'
import { statusWords } from '../text/standing.ts'

/** What of the host's a conversation is about, and whether it is still open. Nothing where there is nothing to say. */
export function ContextChip({ conversation }: { conversation: HeldConversation }) {
  const { context, status } = conversation
  if (!context && status === 'active') return null
  return (
    <span className="tags">
      {context && (
        <span className="tag" data-testid="context-chip">
          {context.type}
          {context.status && ` · ${context.status.replaceAll('_', ' ')}`}
        </span>
      )}
      {status !== 'active' && (
        <span className="tag tag-ended" data-testid="status-chip">
          {statusWords[status]}
        </span>
      )}
    </span>
  )
}
