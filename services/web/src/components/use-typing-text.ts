import type { HeldConversation } from '../chat/chat-state.ts'
import { isolated, shortName, typingText } from '../text/names.ts'
import { useChat } from './chat-context.ts'

/** "Ana is typing", or nothing. */
export function useTypingText(conversation: HeldConversation | undefined): string {
  const typing = useChat((state) => (conversation ? state.typing[conversation.id] : undefined))
  if (!conversation || !typing) return ''
  const names = Object.keys(typing).map((userId) => {
    const person = conversation.participants.find((participant) => participant.userId === userId)
    return person ? shortName(person) : isolated(userId)
  })
  return typingText(names)
}
