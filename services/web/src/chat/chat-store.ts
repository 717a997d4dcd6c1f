import type { ChatAction } from './chat-action.ts'
import { reduce } from './chat-reducer.ts'
import { type ChatState, initialState } from './chat-state.ts'

/** Holds the state and tells listeners when it changed. Knows neither React nor the network. */
export interface ChatStore {
  getState(): ChatState
  dispatch(action: ChatAction): void
  /** Returns its own undoing. */
  subscribe(listener: () => void): () => void
  /** Told of each action, also of one about what the state does not hold. Likewise. */
  follow(listener: (action: ChatAction) => void): () => void
}

export function createChatStore(state: ChatState = initialState()): ChatStore {
  const listeners = new Set<() => void>()
  const followers = new Set<(action: ChatAction) => void>()
  return {
    getState: () => state,
    dispatch(action) {
      for (const follower of [...followers]) follower(action)
      const next = reduce(state, action)
      if (next === state) return
      state = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    follow(listener) {
      followers.add(listener)
      return () => followers.delete(listener)
    },
  }
}
