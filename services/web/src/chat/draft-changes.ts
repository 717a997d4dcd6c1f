import type { ReplyPreview } from '@parley/contracts'
import { isBlank, shownContent } from '@parley/contracts/message-text'
import type { ChatState } from './chat-state.ts'

/** Somebody has written on here. */
export function withDraft(state: ChatState, id: string, text: string): ChatState {
  const unsaved = withUnsaved(state, id)
  if (text) return { ...state, unsaved, drafts: { ...state.drafts, [id]: text } }
  const { [id]: _sent, ...drafts } = state.drafts
  return { ...state, unsaved, drafts }
}

/** What they write answers that message, or none. */
export function withReply(state: ChatState, id: string, replyTo: ReplyPreview | null): ChatState {
  if (replyTo?.id === state.replies[id]?.id) return state
  return { ...withReplyOf(state, id, replyTo), unsaved: withUnsaved(state, id) }
}

/** The same object for each further letter: nothing has become of the others. */
function withUnsaved({ unsaved }: ChatState, id: string): ChatState['unsaved'] {
  return unsaved[id] ? unsaved : { ...unsaved, [id]: true }
}

function withReplyOf(state: ChatState, id: string, replyTo: ReplyPreview | null): ChatState {
  const { [id]: _before, ...replies } = state.replies
  return { ...state, replies: replyTo ? { ...replies, [id]: replyTo } : replies }
}

/** The message that a draft from elsewhere answers has been asked for; meanwhile it may have been sent, or answer another. */
export function withReplyKnown(state: ChatState, id: string, replyTo: ReplyPreview): ChatState {
  const isStill = state.conversations[id]?.me.draft?.replyTo === replyTo.id && !state.replies[id]
  const isSent = state.unsaved[id] && !state.drafts[id]
  return isStill && !isSent ? withReplyOf(state, id, replyTo) : state
}

/** What was written here and not saved yet stays; otherwise the last word is the server's, from whichever device it came. */
export function withDraftOf(state: ChatState, id: string): ChatState {
  const draft = state.conversations[id]?.me.draft
  if (draft === undefined || state.unsaved[id]) return state
  const text = draft?.content ?? ''
  // What it answers now has to be asked for.
  const isOther = state.replies[id] && state.replies[id].id !== draft?.replyTo
  const next = isOther ? withReplyOf(state, id, null) : state
  // Kept as it was typed here where that is another spelling of the same.
  if (text === keptDraft(state.drafts[id] ?? '')) return next
  const { [id]: _before, ...drafts } = state.drafts
  return { ...next, drafts: text ? { ...drafts, [id]: text } : drafts }
}

/** What is written now is with the server, unless somebody has typed on. */
export function withDraftSaved(state: ChatState, id: string, text: string, replyTo: string | null): ChatState {
  const isSame = (state.drafts[id] ?? '') === text && (state.replies[id]?.id ?? null) === replyTo
  if (!state.unsaved[id] || !isSame) return state
  const { [id]: _saved, ...unsaved } = state.unsaved
  return { ...state, unsaved }
}

/** The same text as the server keeps it, which keeps none that nobody sees. */
export const keptDraft = (text: string) => (isBlank(text) ? '' : shownContent(text))
