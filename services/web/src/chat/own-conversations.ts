import type { OwnState } from '@parley/contracts'
import type { ChatState, HeldConversation } from './chat-state.ts'
import { byActivity } from './conversations.ts'
import { shownUnread } from './read-state.ts'
import { rightsIn } from './rights.ts'

/** Which of one's conversations the list shows. */
export type ListFilter = 'all' | 'unread' | 'archived'

export function isMuted({ me }: Pick<HeldConversation, 'me'>, now = Date.now()): boolean {
  return me.mutedUntil !== null && Date.parse(me.mutedUntil) > now
}

/** Whether what is unread there is told outside of the list: nothing is of what is muted, archived or deleted. */
export function isLoud(conversation: HeldConversation): boolean {
  const { archivedAt, clearedAt } = conversation.me
  return archivedAt === null && clearedAt === null && !isMuted(conversation)
}

/** What is unread stays in its list while it is open, or it would go from under the eyes of who reads it. */
export function belongsIn(state: ChatState, filter: ListFilter, conversation: HeldConversation): boolean {
  const { id, me } = conversation
  if (me.clearedAt !== null || (me.archivedAt !== null) !== (filter === 'archived')) return false
  return filter !== 'unread' || state.openId === id || shownUnread(state, conversation) > 0
}

/** What is pinned first, as the server lists it: the latest pin at the top; then the most recently active. */
export function inListOrder(conversations: Readonly<Record<string, HeldConversation>>): HeldConversation[] {
  const sorted = byActivity(conversations)
  const pinned = sorted.filter(({ me }) => me.pinnedAt !== null)
  if (pinned.length === 0) return sorted
  pinned.sort((a, b) => (a.me.pinnedAt! < b.me.pinnedAt! ? 1 : -1))
  return [...pinned, ...sorted.filter(({ me }) => me.pinnedAt === null)]
}

/** Where they may write, the most recently active first; what they have deleted is not theirs any more. */
export function writableBy(
  myId: string | undefined,
  conversations: Readonly<Record<string, HeldConversation>>,
): HeldConversation[] {
  return byActivity(conversations).filter((held) => held.me.clearedAt === null && rightsIn(held, myId).write)
}

/** Something has moved the conversation's activity: it comes back from the archive, and from what was deleted. */
export function broughtBack(me: OwnState, was: string, is: string): OwnState {
  if (was >= is || (me.archivedAt === null && me.clearedAt === null)) return me
  return { ...me, archivedAt: me.staysArchived ? me.archivedAt : null, clearedAt: null }
}

/** Whoever has deleted a conversation for themself holds nothing more of what was in it then. */
export function withoutCleared(state: ChatState, id: string): ChatState {
  const held = state.conversations[id]
  const before = held?.me.clearedBeforeSeq ?? 0
  if (!held || before === 0) return state
  let next = state
  if (held.lastMessage && held.lastMessage.seq <= before)
    next = { ...next, conversations: { ...next.conversations, [id]: { ...held, lastMessage: null } } }
  const timeline = state.timelines[id]
  if (!timeline || (timeline.messages[0]?.seq ?? before + 1) > before) return next
  const messages = timeline.messages.filter(({ seq }) => seq > before)
  return { ...next, timelines: { ...next.timelines, [id]: { ...timeline, messages, hasOlder: false } } }
}
