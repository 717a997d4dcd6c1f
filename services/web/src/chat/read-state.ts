import type { Message, Participant } from '@parley/contracts'
import type { ChatState, HeldConversation } from './chat-state.ts'
import { isLoud } from './own-conversations.ts'
import type { Timeline } from './timeline.ts'

/** The server counts no further; this number means "99+". */
export const UNREAD_CAP = 100

export function unreadLabel(count: number): string {
  return count >= UNREAD_CAP ? '99+' : String(count)
}

/** How far somebody is. Such marks only move forward, so the order in which receipts arrive does not matter. */
export function withMark(
  conversation: HeldConversation,
  userId: string,
  mark: 'lastReadSeq' | 'lastDeliveredSeq',
  seq: number,
): HeldConversation {
  const index = conversation.participants.findIndex((participant) => participant.userId === userId)
  const participant = conversation.participants[index]
  if (!participant || participant[mark] >= seq) return conversation
  return { ...conversation, participants: conversation.participants.with(index, { ...participant, [mark]: seq }) }
}

/** Own reading, here or on another device. A state that is older than the held one changes nothing. */
export function withOwnRead(
  conversation: HeldConversation,
  lastReadSeq: number,
  unreadCount: number,
  timeline: Timeline | undefined,
  myId: string | undefined,
): HeldConversation {
  if (lastReadSeq < conversation.me.lastReadSeq) return conversation
  // A message may have arrived after the server counted. Where the messages are at hand, they decide.
  const { unreadFrom } = conversation.me
  const after = unreadFrom === null ? lastReadSeq : Math.min(lastReadSeq, unreadFrom - 1)
  const counted = countUnread(timeline, after, conversation.lastSeq, myId)
  return { ...conversation, me: { ...conversation.me, lastReadSeq }, unreadCount: counted ?? unreadCount }
}

/** Null where the loaded messages do not reach from the watermark to the end. */
function countUnread(
  timeline: Timeline | undefined,
  lastReadSeq: number,
  lastSeq: number,
  myId: string | undefined,
): number | null {
  if (lastReadSeq >= lastSeq) return 0
  const first = timeline?.messages[0]
  const last = timeline?.messages.at(-1)
  if (timeline?.status !== 'ready' || !first || !last) return null
  if (first.seq > lastReadSeq + 1 || last.seq < lastSeq) return null
  const unread = timeline.messages.filter((message) => message.seq > lastReadSeq && countsAsUnread(message, myId))
  return Math.min(unread.length, UNREAD_CAP)
}

export function countsAsUnread(message: Message, myId: string | undefined): boolean {
  return message.senderId !== myId && message.type !== 'system' && message.deletedAt === null
}

/** How many others have read the message, and whether that is all of them. */
export function readersOf(conversation: HeldConversation, seq: number, myId: string | undefined) {
  const others = Math.max(conversation.participantCount - 1, 0)
  const named = conversation.participants.filter(
    (participant) => participant.userId !== myId && participant.lastReadSeq >= seq,
  ).length
  // `crowdRead` counts readers of the last message then; whoever read that one has read this one too.
  const crowd = conversation.crowdRead && conversation.crowdRead.seq >= seq ? conversation.crowdRead.count : 0
  const count = Math.min(Math.max(named, crowd), others)
  return { count, others, everybody: others > 0 && count >= others }
}

/** How far an own message has come: to the server, to everybody's devices, before everybody's eyes. */
export function tickOf(conversation: HeldConversation, seq: number, myId: string | undefined) {
  if (readersOf(conversation, seq, myId).everybody) return 'read'
  const others = conversation.participants.filter(({ userId }) => userId !== myId)
  const isWith = ({ lastDeliveredSeq, lastReadSeq }: Participant) => Math.max(lastDeliveredSeq, lastReadSeq) >= seq
  const isNamed = others.length > 0 && others.length === conversation.participantCount - 1
  return isNamed && others.every(isWith) ? 'delivered' : 'sent'
}

/**
 * What the list says. What has been on the screen is not unread, even before the server has heard of it, and neither is
 * what arrives before the eyes of somebody who is at the end.
 */
export function shownUnread(state: ChatState, conversation: HeldConversation): number {
  const { id, lastSeq, me, unreadCount } = conversation
  if (state.attentive && state.following && state.openId === id) return 0
  const seen = state.seen[id] ?? 0
  if (seen <= me.lastReadSeq) return unreadCount
  return countUnread(state.timelines[id], seen, lastSeq, state.me?.userId) ?? unreadCount
}

export function totalUnread(state: ChatState): number {
  let total = 0
  for (const conversation of Object.values(state.conversations))
    if (isLoud(conversation)) total += shownUnread(state, conversation)
  return Math.min(total, UNREAD_CAP)
}
