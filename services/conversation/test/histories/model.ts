/** A message as everybody in the conversation has it. */
export interface ModelMessage {
  id: string
  seq: number
  senderId: string
  /** The sender's own, under which it is sent once. */
  key: string
  content: string
  isDeleted: boolean
  isEdited: boolean
  pinnedBy: string | null
  replyTo: string | null
  /** Who reacted with what, the first one first. */
  reactions: { emoji: string; userId: string }[]
}

/** What a conversation is to one of its people. */
export interface ModelPerson {
  isActive: boolean
  visibleFrom: number
  read: number
  delivered: number
  unreadFrom: number | null
  isArchived: boolean
  mutedUntil: string | null
  isPinned: boolean
  clearedBefore: number
  isCleared: boolean
  draft: { content: string; replyTo: string | null } | null
  /** The seqs of what they have deleted for themself. */
  hidden: number[]
}

export interface ModelConversation {
  id: string
  title: string | null
  messages: ModelMessage[]
  people: Map<string, ModelPerson>
}

/** All conversations of a tenant by id, in the plainest way to say what they are. */
export type Model = Map<string, ModelConversation>

export const newcomer = (visibleFrom: number): ModelPerson => ({
  isActive: true,
  visibleFrom,
  read: visibleFrom,
  delivered: visibleFrom,
  unreadFrom: null,
  isArchived: false,
  mutedUntil: null,
  isPinned: false,
  clearedBefore: 0,
  isCleared: false,
  draft: null,
  hidden: [],
})

/** What a person sees of a conversation's messages. */
export function visibleTo({ messages, people }: ModelConversation, userId: string): ModelMessage[] {
  const person = people.get(userId)
  if (!person?.isActive) return []
  const { visibleFrom, clearedBefore, hidden } = person
  return messages.filter(({ seq }) => seq > Math.max(visibleFrom, clearedBefore) && !hidden.includes(seq))
}

/** How many of them count as unread: not one's own, and not what was deleted. */
export function unreadOf(conversation: ModelConversation, userId: string): number {
  const { read, unreadFrom } = conversation.people.get(userId)!
  const isUnread = ({ seq }: ModelMessage) => seq > read || (unreadFrom !== null && seq >= unreadFrom)
  return visibleTo(conversation, userId).filter((m) => isUnread(m) && m.senderId !== userId && !m.isDeleted).length
}
