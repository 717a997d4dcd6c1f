import type { FoundMessage, Message } from '@parley/contracts'
import type { ChatAction } from './chat-action.ts'

/** What was found as it is after that: without messages that are gone, or out of sight for whoever looked. */
export function foundAfter(
  found: readonly FoundMessage[],
  action: ChatAction,
  myId: string | undefined,
): readonly FoundMessage[] {
  switch (action.type) {
    case 'message_updated':
      return withUpdate(found, action.message)
    case 'message_hidden':
      return kept(found, ({ id }) => id !== action.event.messageId)
    case 'conversation_gone':
      return kept(found, ({ conversationId }) => conversationId !== action.conversationId)
    case 'participant_left': {
      const { event } = action
      return event.userId === myId ? kept(found, (one) => one.conversationId !== event.conversationId) : found
    }
    case 'conversation_state':
      return withoutCleared(found, action.state.conversationId, action.state.me.clearedBeforeSeq)
    case 'changes_synced': {
      const { conversation, changed, hidden } = action.changes
      const updated = changed.reduce(withUpdate, found)
      const left = kept(updated, ({ id }) => !hidden.some(({ messageId }) => messageId === id))
      return withoutCleared(left, conversation.id, conversation.me.clearedBeforeSeq)
    }
    default:
      return found
  }
}

function withUpdate(found: readonly FoundMessage[], message: Message): readonly FoundMessage[] {
  const held = found.find((one) => one.message.id === message.id)
  if (!held || message.rev < held.message.rev) return found
  if (message.deletedAt) return kept(found, ({ id }) => id !== message.id)
  // Where the words stand is known of the former text.
  const highlights = message.content === held.message.content ? held.highlights : []
  return found.map((one) => (one === held ? { ...held, message, highlights } : one))
}

function withoutCleared(found: readonly FoundMessage[], id: string, upTo: number): readonly FoundMessage[] {
  return kept(found, ({ conversationId, seq }) => conversationId !== id || seq > upTo)
}

/** The same list where all are. */
function kept(found: readonly FoundMessage[], isKept: (message: Message) => boolean): readonly FoundMessage[] {
  return found.every(({ message }) => isKept(message)) ? found : found.filter(({ message }) => isKept(message))
}
