/** What an offer says, as far as what becomes of it changes that. */
export interface ModelOffer {
  title: string
  amount: number
  currency: string
  status: string
  supersedes: string | null
  supersededBy: string | null
}

/** A message as everybody in the conversation has it. */
export interface ModelMessage {
  id: string
  seq: number
  senderId: string
  type: string
  /** The sender's own, under which it is sent once. */
  key: string
  content: string
  isDeleted: boolean
  isEdited: boolean
  pinnedBy: string | null
  replyTo: string | null
  /** Who reacted with what, the first one first. */
  reactions: { emoji: string; userId: string }[]
  isForwarded: boolean
  offer: ModelOffer | null
  /** What was done to an offer, which stays known when the offer is deleted. */
  decision: { action: string; by: string; supersededBy: string | null } | null
}

/** What it is as it is sent. */
export const plainMessage = {
  ...{ type: 'text', isDeleted: false, isEdited: false, pinnedBy: null, replyTo: null, isForwarded: false },
  ...{ offer: null, decision: null },
}

/** It stands at the end of its conversation, and brings that back to everybody's lists. */
export function append(
  { messages, people }: ModelConversation,
  message: Omit<ModelMessage, 'seq' | 'reactions'>,
): void {
  messages.push({ ...message, seq: messages.length + 1, reactions: [] })
  for (const person of people.values()) Object.assign(person, { isArchived: false, isCleared: false })
}

/** The same of a message of theirs, with which they have read what stands before it. */
export function say(conversation: ModelConversation, message: Parameters<typeof append>[1]): void {
  append(conversation, message)
  const seq = conversation.messages.length
  Object.assign(conversation.people.get(message.senderId)!, { read: seq, delivered: seq, unreadFrom: null })
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

/** What a person sees of a conversation's messages; `besides`: and of those that they have deleted for themself. */
export function visibleTo(
  { messages, people }: ModelConversation,
  userId: string,
  besides: (message: ModelMessage) => boolean = () => false,
): ModelMessage[] {
  const person = people.get(userId)
  if (!person?.isActive) return []
  const { visibleFrom, clearedBefore, hidden } = person
  return messages.filter(
    (message) =>
      message.seq > Math.max(visibleFrom, clearedBefore) && (!hidden.includes(message.seq) || besides(message)),
  )
}

/** Whether it can count as unread for somebody: not one's own, not a line of the system's, and not what was deleted. */
export const counts = ({ senderId, type, isDeleted }: ModelMessage, userId: string): boolean =>
  senderId !== userId && type !== 'system' && !isDeleted

/** How many of them count as unread. */
export function unreadOf(conversation: ModelConversation, userId: string): number {
  const { read, unreadFrom } = conversation.people.get(userId)!
  const isUnread = ({ seq }: ModelMessage) => seq > read || (unreadFrom !== null && seq >= unreadFrom)
  return visibleTo(conversation, userId).filter((m) => isUnread(m) && counts(m, userId)).length
}
