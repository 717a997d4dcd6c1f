import { createContext, useContext, useSyncExternalStore } from 'react'
import type { ChatSession } from '../chat/chat-session.ts'
import type { ChatState } from '../chat/chat-state.ts'

export const ChatContext = createContext<ChatSession | null>(null)

export function useSession(): ChatSession {
  const session = useContext(ChatContext)
  if (!session) throw new Error('No chat session around this component')
  return session
}

/** Re-renders when what `select` returns is another value; it must not build a new one each time. */
export function useChat<T>(select: (state: ChatState) => T): T {
  const { store } = useSession()
  return useSyncExternalStore(store.subscribe, () => select(store.getState()))
}
