import type { ConversationChanges, Message } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'
import { mergeConversation, mergeParticipants, withMessage } from './conversations.ts'
import { withoutHidden, withoutHiddenLast, withoutMessages } from './hidden-messages.ts'
import { claimEcho, settle } from './outgoing.ts'
import { withAnswered } from './replies.ts'
import { append, applyUpdates, replaceWithPage, type Timeline } from './timeline.ts'
import { hasTurnedOver } from './turnover.ts'
import { withTyping } from './typing.ts'

/** A message from wherever it came: live, acknowledgement or sync. Coming twice changes nothing. */
export function withArrived(state: ChatState, message: Message): ChatState {
  const { conversationId, senderId } = message
  const conversation = state.conversations[conversationId]
  const timeline = state.timelines[conversationId]
  const entries = state.outgoing[conversationId]
  const myId = state.me?.userId
  const known = timeline?.messages.some((held) => held.seq === message.seq) ?? false
  let next = { ...state, typing: withTyping(state.typing, conversationId, senderId, null) }
  if (conversation) {
    const moved = withMessage(conversation, message, myId)
    next.conversations = { ...state.conversations, [conversationId]: moved }
  }
  // A timeline that nobody has opened stays unloaded: its first page will bring this message.
  if (timeline) {
    const appended = append(timeline, [message], conversation?.lastSeq ?? 0)
    next.timelines = { ...state.timelines, [conversationId]: appended }
  }
  if (entries?.length && senderId === myId && !known)
    next = { ...next, outgoing: { ...next.outgoing, [conversationId]: claimEcho(entries, message) } }
  return next
}

/** The server names the message that an own entry became. Its live event may have come before, or comes later. */
export function withAcknowledged(state: ChatState, clientId: string, message: Message): ChatState {
  const { conversationId } = message
  const settled = settle(state.outgoing[conversationId] ?? [], clientId, message)
  // Settled before it arrives: the message must not be taken for the echo of another entry with the same words.
  const arrived = withArrived({ ...state, outgoing: { ...state.outgoing, [conversationId]: [] } }, message)
  return { ...arrived, outgoing: { ...arrived.outgoing, [conversationId]: settled } }
}

/** An edit or a deletion: the whole present state of one message. Only a higher rev applies. */
export function withUpdated(state: ChatState, message: Message): ChatState {
  const { conversationId } = message
  const conversation = state.conversations[conversationId]
  const timeline = state.timelines[conversationId]
  const next = { ...state }
  if (conversation?.lastMessage?.id === message.id && message.rev > conversation.lastMessage.rev)
    next.conversations = { ...state.conversations, [conversationId]: { ...conversation, lastMessage: message } }
  if (timeline) {
    // The original may be older than what is loaded, and what answers it is not.
    const messages = withAnswered(applyUpdates(timeline.messages, [message]), message)
    next.timelines = { ...state.timelines, [conversationId]: { ...timeline, messages } }
  }
  return next
}

/** What was missed while away, of one conversation. */
export function withChanges(state: ChatState, changes: ConversationChanges, asked?: ChatState['turnover']): ChatState {
  // a replica of the former release knows of nothing hidden
  const { conversation: answer, messages, changed, hidden = [], participants, hasMore, reset, restored } = changes
  const { id } = answer
  const isFromBefore = hasTurnedOver(state, id, asked)
  // It was left since.
  if (isFromBefore && !state.conversations[id]) return state
  const present = state.timelines[id]
  // Of another stay only what is newer than the answer is ours to keep; of a database that is lost nothing is, whatever its seq.
  const isKept = ({ seq }: Message) => !restored && seq > answer.lastSeq
  const timeline = present && reset ? { ...present, messages: present.messages.filter(isKept) } : present
  const held = state.conversations[id]
  const isOutdated = restored || (reset && held !== undefined && held.lastSeq <= answer.lastSeq)
  const merged = mergeConversation(isOutdated ? undefined : held, withoutHiddenLast(state, answer), {
    complete: true,
    keepsPeople: isFromBefore,
  })
  const conversation = { ...merged, participants: mergeParticipants(merged.participants, participants) }
  let next: ChatState = { ...state, conversations: { ...state.conversations, [id]: conversation } }
  if (timeline) {
    // "More" means that the answer is the latest page alone: what is held below it may be behind by edits as well.
    const caughtUp =
      hasMore || reset
        ? replaceWithPage(timeline, messages, { hasOlder: hasMore, lastSeq: answer.lastSeq, upTo: answer.lastSeq })
        : withUpdates(append(timeline, messages, held?.lastSeq ?? 0), changed)
    next = { ...next, timelines: { ...next.timelines, [id]: withoutHidden(state, caughtUp) } }
    next = withoutMessages(next, id, hidden)
  }
  const entries = state.outgoing[id]
  if (!entries?.length) return next
  const shown = new Set(timeline?.messages.map((message) => message.seq))
  const echoes = messages.filter((message) => message.senderId === state.me?.userId && !shown.has(message.seq))
  return { ...next, outgoing: { ...next.outgoing, [id]: echoes.reduce(claimEcho, entries) } }
}

function withUpdates(timeline: Timeline, updates: readonly Message[]): Timeline {
  return { ...timeline, messages: applyUpdates(timeline.messages, updates) }
}
