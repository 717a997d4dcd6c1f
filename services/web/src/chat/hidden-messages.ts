import type { ChatState, HeldConversation } from './chat-state.ts'
import type { Timeline } from './timeline.ts'

/** What its reader has deleted for themself, here or on another device. */
export function withoutMessages(
  state: ChatState,
  conversationId: string,
  hidden: readonly { messageId: string }[],
): ChatState {
  if (hidden.length === 0) return state
  const gone = Object.fromEntries(hidden.map(({ messageId }) => [messageId, true] as const))
  const next = { ...state, hidden: { ...state.hidden, ...gone } }
  if (!state.timelines[conversationId]) return next
  const timeline = withoutHidden(next, state.timelines[conversationId])
  next.timelines = { ...state.timelines, [conversationId]: timeline }
  const held = state.conversations[conversationId]
  if (!held?.lastMessage || !next.hidden[held.lastMessage.id]) return next
  // Until the server has said so, what stands before it.
  const lastMessage = timeline.messages.at(-1) ?? null
  return { ...next, conversations: { ...state.conversations, [conversationId]: { ...held, lastMessage } } }
}

/** An answer that was read before they were deleted still brings them. */
export function withoutHidden({ hidden }: ChatState, timeline: Timeline): Timeline {
  const messages = timeline.messages.filter(({ id }) => !hidden[id])
  return messages.length === timeline.messages.length ? timeline : { ...timeline, messages }
}

/** The same of what the list shows of a conversation. */
export function withoutHiddenLast({ hidden }: ChatState, answer: HeldConversation): HeldConversation {
  return answer.lastMessage && hidden[answer.lastMessage.id] ? { ...answer, lastMessage: null } : answer
}
