import { isBlank, shownContent } from '@parley/contracts/message-text'
import type { ChatState } from './chat-state.ts'

/** Somebody has written on here. */
export function withDraft(state: ChatState, id: string, text: string): ChatState {
  // The same object for each further letter: nothing has become of the others.
  const unsaved: ChatState['unsaved'] = state.unsaved[id] ? state.unsaved : { ...state.unsaved, [id]: true }
  if (text) return { ...state, unsaved, drafts: { ...state.drafts, [id]: text } }
  const { [id]: _sent, ...drafts } = state.drafts
  return { ...state, unsaved, drafts }
}

/** What was written here and not saved yet stays; otherwise the last word is the server's, from whichever device it came. */
export function withDraftOf(state: ChatState, id: string): ChatState {
  const draft = state.conversations[id]?.me.draft
  if (draft === undefined || state.unsaved[id]) return state
  const text = draft?.content ?? ''
  // Kept as it was typed here where that is another spelling of the same.
  if (text === keptDraft(state.drafts[id] ?? '')) return state
  const { [id]: _before, ...drafts } = state.drafts
  return { ...state, drafts: text ? { ...drafts, [id]: text } : drafts }
}

/** What is written now is with the server, unless somebody has typed on. */
export function withDraftSaved(state: ChatState, id: string, text: string): ChatState {
  if (!state.unsaved[id] || (state.drafts[id] ?? '') !== text) return state
  const { [id]: _saved, ...unsaved } = state.unsaved
  return { ...state, unsaved }
}

/** The same text as the server keeps it, which keeps none that nobody sees. */
export const keptDraft = (text: string) => (isBlank(text) ? '' : shownContent(text))
