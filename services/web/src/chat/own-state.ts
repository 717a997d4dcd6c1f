import type { ServerEvent } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'
import { withDraftOf } from './draft-changes.ts'
import { broughtBack, withoutCleared } from './own-conversations.ts'
import { isBefore } from './own-order.ts'
import { withOwnRead } from './read-state.ts'

/** How a conversation stands for its reader, whatever they did with it and on whichever device. */
export function withOwnState(state: ChatState, event: ServerEvent<'conversation_state'>): ChatState {
  const { conversationId, cursor, me, unreadCount } = event
  const held = state.conversations[conversationId]
  if (!held || isBefore(cursor, held)) return state
  // Told of reading, it may still name an archive that it has come back from.
  const own = broughtBack(me, me.archivedAt ?? held.activityAt, held.activityAt)
  const flags = { ...own, lastReadSeq: held.me.lastReadSeq }
  // Marked as unread: what was on the screen before that says nothing any more.
  const isMarked = me.unreadFrom !== null && me.unreadFrom !== held.me.unreadFrom
  const next = isMarked ? withoutSeen(state, conversationId) : state
  // The cursor says how old this is, and no more: it may speak for messages that have not arrived yet.
  const conversation = { ...held, ownCursor: cursor, me: flags }
  const conversations = { ...next.conversations, [conversationId]: conversation }
  return withRead(withOwn({ ...next, conversations }, [held]), conversationId, me.lastReadSeq, unreadCount)
}

/** What their reader has done with them, here or on another device, shows in the rest of what is held of them. */
export function withOwn(state: ChatState, conversations: readonly { id: string }[]): ChatState {
  return conversations.reduce((next, { id }) => withDraftOf(withoutCleared(next, id), id), state)
}

export function withRead(state: ChatState, id: string, lastReadSeq: number, unreadCount: number): ChatState {
  const held = state.conversations[id]
  if (!held) return state
  const read = withOwnRead(held, lastReadSeq, unreadCount, state.timelines[id], state.me?.userId)
  return { ...state, conversations: { ...state.conversations, [id]: read } }
}

/** Another stay begins, or none is left. */
export function withoutSeen(state: ChatState, id: string): ChatState {
  const { [id]: _read, ...seen } = state.seen
  return { ...state, seen }
}
