import type { Message, OwnState, Participant, SharedConversation } from '@parley/contracts'
import type { HeldConversation } from './chat-state.ts'
import { broughtBack } from './own-conversations.ts'
import { isBefore, isRestoredSince } from './own-order.ts'
import { countsAsUnread, UNREAD_CAP, withMark } from './read-state.ts'

/**
 * Merges a full answer of the server into what is held. Answers and live events overtake each other: numbers that only
 * grow decide which part is newer.
 *
 * `complete` says that the answer came together with every message up to its cursor, as sync does. Otherwise the held
 * cursor stays: the new one would claim messages that are still on their way. `keepsPeople`: people have come or gone since it was
 * asked for.
 */
export function mergeConversation(
  held: HeldConversation | undefined,
  answer: HeldConversation,
  { complete, keepsPeople = false }: { complete: boolean; keepsPeople?: boolean },
): HeldConversation {
  // What is lost may have higher numbers than what came instead of it.
  if (!held || (complete && isRestoredSince(answer.cursor, held))) return answer
  const isOwnOlder = isBefore(answer.cursor, held)
  const stale = isOwnOlder || answer.lastSeq < held.lastSeq || answer.me.lastReadSeq < held.me.lastReadSeq
  const people = { participants: held.participants, participantCount: held.participantCount }
  const shared = { ...mergeShared(held, answer), ...(keepsPeople && people) }
  const lastReadSeq = Math.max(held.me.lastReadSeq, answer.me.lastReadSeq)
  return {
    ...shared,
    lastMessage: newerMessage(held.lastMessage, answer.lastMessage),
    cursor: complete || held.cursor === null ? answer.cursor : held.cursor,
    unreadCount: stale ? held.unreadCount : answer.unreadCount,
    ownCursor: isOwnOlder ? (held.ownCursor ?? held.cursor) : answer.cursor,
    me: { ...(isOwnOlder ? shared.me : broughtBack(answer.me, answer.activityAt, shared.activityAt)), lastReadSeq },
  }
}

/** Merges what everybody hears of a conversation. */
export function mergeShared(held: HeldConversation, shared: SharedConversation): HeldConversation {
  const newer = shared.rev >= held.rev
  const lastSeq = Math.max(held.lastSeq, shared.lastSeq)
  if (!newer) return { ...held, lastSeq, participants: mergeParticipants(held.participants, shared.participants) }
  // A list carries fewer participants than there are; those known from elsewhere stay as long as the number says so.
  const listed = new Set(shared.participants.map((participant) => participant.userId))
  const unlisted =
    shared.participants.length < shared.participantCount
      ? held.participants.filter((participant) => !listed.has(participant.userId))
      : []
  return {
    ...held,
    title: shared.title,
    pictureUrl: shared.pictureUrl,
    context: shared.context,
    status: shared.status,
    statusReason: shared.statusReason,
    closesAt: shared.closesAt,
    blocking: shared.blocking,
    participants: mergeParticipants(held.participants, [...shared.participants, ...unlisted], true),
    participantCount: shared.participantCount,
    metadata: shared.metadata,
    rev: shared.rev,
    updatedAt: shared.updatedAt,
    activityAt: later(held.activityAt, shared.activityAt),
    me: broughtBack(held.me, held.activityAt, shared.activityAt),
    lastSeq,
  }
}

/** With `replace`, the incoming list says who is there; without, it only moves known people's watermarks forward. */
export function mergeParticipants(
  held: readonly Participant[],
  incoming: readonly Participant[],
  replace = false,
): Participant[] {
  const known = new Map(held.map((participant) => [participant.userId, participant]))
  const merged = incoming.map((participant) => {
    const before = known.get(participant.userId)
    return before
      ? {
          ...participant,
          lastReadSeq: Math.max(before.lastReadSeq, participant.lastReadSeq),
          lastDeliveredSeq: Math.max(before.lastDeliveredSeq, participant.lastDeliveredSeq),
        }
      : participant
  })
  if (replace) return merged
  const byId = new Map(merged.map((participant) => [participant.userId, participant]))
  return held.map((participant) => byId.get(participant.userId) ?? participant)
}

/** A conversation heard of through a live event, before its full answer has come. */
export function provisional(shared: SharedConversation): HeldConversation {
  return {
    ...shared,
    lastMessage: null,
    cursor: null,
    unreadCount: 0,
    me: untouched(shared.lastSeq),
  }
}

/** A new message moves the conversation's end, its sender's watermark, and what is unread: once, however often it comes. */
export function withMessage(held: HeldConversation, message: Message, myId: string | undefined): HeldConversation {
  // Sending says that everything before has been read.
  const read = withMark(held, message.senderId, 'lastReadSeq', message.seq)
  const own = message.senderId === myId
  const activityAt = isAboutConversation(message) ? held.activityAt : later(held.activityAt, message.createdAt)
  if (message.seq <= held.lastSeq) return { ...read, lastMessage: newerMessage(held.lastMessage, message) }
  const me = broughtBack(held.me, held.activityAt, activityAt)
  const next = { ...read, lastSeq: message.seq, lastMessage: message, activityAt, me }
  if (own) return { ...next, unreadCount: 0, me: { ...me, lastReadSeq: message.seq, unreadFrom: null } }
  const unread = message.seq > held.me.lastReadSeq && countsAsUnread(message, myId) ? 1 : 0
  return { ...next, unreadCount: Math.min(held.unreadCount + unread, UNREAD_CAP) }
}

function newerMessage(a: Message | null, b: Message | null): Message | null {
  if (!a || !b) return a ?? b
  if (a.seq !== b.seq) return a.seq > b.seq ? a : b
  return b.rev > a.rev ? b : a
}

/** A line of the system's on what became of the conversation, which moves it nowhere; the host's own have no payload. */
const isAboutConversation = ({ type, payload }: Message) => type === 'system' && payload !== null

const later = (a: string, b: string) => (a < b ? b : a)

/** Most recently active first; ids break ties so that the list never flickers. */
export function byActivity(conversations: Readonly<Record<string, HeldConversation>>): HeldConversation[] {
  return Object.values(conversations).sort((a, b) => {
    const [x, y] = [a.activityAt, b.activityAt]
    if (x !== y) return x < y ? 1 : -1
    return a.id < b.id ? 1 : -1
  })
}

/** Of who has done nothing with a conversation but read so far. */
export function untouched(lastReadSeq: number): OwnState {
  return {
    lastReadSeq,
    unreadFrom: null,
    archivedAt: null,
    staysArchived: false,
    mutedUntil: null,
    pinnedAt: null,
    clearedBeforeSeq: 0,
    clearedAt: null,
    draft: null,
    blocked: false,
  }
}
