import { createContext, useContext, useSyncExternalStore } from 'react'
import type { ChatSession } from '../chat/chat-session.ts'
import type { ChatState } from '../chat/chat-state.ts'
import type { ChatStore } from '../chat/chat-store.ts'
import type { History } from '../chat/history.ts'

/** Where conversations and messages come from: one's own, or what an admin inspects. */
export interface ChatSource {
  store: ChatStore
  history: History
}

export const ChatContext = createContext<ChatSession | null>(null)
/** Given around what does not show one's own conversations. */
export const SourceContext = createContext<ChatSource | null>(null)

export function useSession(): ChatSession {
  const session = useContext(ChatContext)
  if (!session) throw new Error('No chat session around this component')
  return session
}

export function useSource(): ChatSource {
  const session = useSession()
  return useContext(SourceContext) ?? session
}

/** Re-renders when what `select` returns is another value; it must not build a new one each time. */
export function useChat<T>(select: (state: ChatState) => T): T {
  const { store } = useSource()
  return useSyncExternalStore(store.subscribe, () => select(store.getState()))
}

/** There is no connection: the banner says so, and what cannot be loaded now is loaded when it is back. */
export function useIsAway(): boolean {
  const { store } = useSession()
  return useSyncExternalStore(store.subscribe, () => {
    const { connection } = store.getState()
    return connection !== 'online' && connection !== 'connecting'
  })
}
