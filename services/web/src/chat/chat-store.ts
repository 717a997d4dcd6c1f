import type { ChatAction } from './chat-action.ts'
import { reduce } from './chat-reducer.ts'
import { type ChatState, initialState } from './chat-state.ts'

/** Holds the state and tells listeners when it changed. Knows neither React nor the network. */
export interface ChatStore {
  getState(): ChatState
  dispatch(action: ChatAction): void
  /** Returns its own undoing. */
  subscribe(listener: () => void): () => void
}

export function createChatStore(state: ChatState = initialState()): ChatStore {
  const listeners = new Set<() => void>()
  return {
    getState: () => state,
    dispatch(action) {
      const next = reduce(state, action)
      if (next === state) return
      state = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
