import type { Message } from '@parley/contracts'
import type { ChatState, HeldConversation } from './chat-state.ts'
import { countsAsUnread, shownUnread } from './read-state.ts'
import { reachesBackTo, trimTimeline } from './timeline.ts'

const KEPT_WHEN_CLOSED = 100

/** Somebody goes from one conversation to another, or to none. */
export function withOpened(state: ChatState, id: string | null): ChatState {
  if (id === state.openId) return state
  const left = withoutMuch(state)
  const sought = state.sought?.conversationId === id ? state.sought : null
  return withKnownLine({ ...left, openId: id, newAfter: undefined, sought, following: false })
}

/** What is no longer open keeps the end of its history; a stretch that does not reach the end is of no use later. */
function withoutMuch(state: ChatState): ChatState {
  const { openId } = state
  const left = openId ? state.timelines[openId] : undefined
  if (!openId || !left) return state
  const { [openId]: _left, ...timelines } = state.timelines
  if (left.partial) return { ...state, timelines }
  return { ...state, timelines: { ...timelines, [openId]: trimTimeline(left, KEPT_WHEN_CLOSED) } }
}

/**
 * Where "new messages" begins in the open conversation, as soon as it is known how far it was read. A loaded stretch that
 * does not have that place is loaded anew.
 */
export function withKnownLine(state: ChatState): ChatState {
  const { openId, newAfter } = state
  const conversation = openId ? state.conversations[openId] : undefined
  // What a live event alone has told of says nothing about reading.
  if (newAfter !== undefined || !openId || !conversation || conversation.cursor === null) return state
  const line = shownUnread(state, conversation) > 0 ? readUpTo(state, conversation) : null
  const timeline = state.timelines[openId]
  // Whoever comes for a message begins with that one.
  const isThere =
    line === null || state.sought !== null || timeline?.status !== 'ready' || reachesBackTo(timeline, line)
  if (isThere) return { ...state, newAfter: line }
  const { [openId]: _elsewhere, ...timelines } = state.timelines
  return { ...state, newAfter: line, timelines }
}

/** The line moves when something unread comes where all was read, and nobody sees it come. */
export function withMovedLine(before: ChatState, after: ChatState): ChatState {
  const { openId } = after
  if (!openId || openId !== before.openId || after.newAfter === undefined) return after
  if (
    after.conversations === before.conversations &&
    after.following === before.following &&
    after.attentive === before.attentive
  )
    return after
  const was = before.conversations[openId]
  const is = after.conversations[openId]
  if (!was || !is || shownUnread(before, was) > 0 || shownUnread(after, is) === 0) return after
  return { ...after, newAfter: readUpTo(after, is) }
}

/** A message has been before somebody's eyes. */
export function withSeen(state: ChatState, id: string, seq: number): ChatState {
  return seq <= (state.seen[id] ?? 0) ? state : { ...state, seen: { ...state.seen, [id]: seq } }
}

/** The seq up to which somebody has read, whether or not the server has heard of it. */
function readUpTo(state: ChatState, conversation: HeldConversation): number {
  const { lastReadSeq, unreadFrom } = conversation.me
  const marked = unreadFrom === null ? lastReadSeq : Math.min(lastReadSeq, unreadFrom - 1)
  return Math.max(state.seen[conversation.id] ?? 0, marked)
}

/** What somebody has still to see of the conversation that they have open. */
export function firstUnseen(state: ChatState, id: string): Message | undefined {
  const conversation = state.conversations[id]
  if (state.openId !== id || !conversation) return
  const read = readUpTo(state, conversation)
  return state.timelines[id]?.messages.find(
    (message) => message.seq > read && countsAsUnread(message, state.me?.userId),
  )
}

/**
 * Something unread lies between what was read and what is loaded: the latest page came after a long absence. What it shows
 * is not read before the rest has been brought, since reading goes up to a message.
 */
export function skipsUnread(state: ChatState, id: string): boolean {
  const { openId, newAfter } = state
  const conversation = state.conversations[id]
  const timeline = state.timelines[id]
  if (openId !== id || typeof newAfter !== 'number' || !conversation || !timeline) return false
  return !reachesBackTo(timeline, Math.max(newAfter, readUpTo(state, conversation)))
}
