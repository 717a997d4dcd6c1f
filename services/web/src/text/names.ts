import type { Message, UserProfile } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'

export function personName(person: Pick<UserProfile, 'userId' | 'name'>): string {
  return person.name ?? person.userId
}

export function firstName(person: Pick<UserProfile, 'userId' | 'name'>): string {
  return personName(person).split(/\s+/)[0] ?? person.userId
}

export function othersIn(conversation: HeldConversation, myId: string | undefined) {
  return conversation.participants.filter((participant) => participant.userId !== myId)
}

/** The other person of a direct conversation, the title of any other, or who is in it. */
export function conversationName(conversation: HeldConversation, myId: string | undefined): string {
  const others = othersIn(conversation, myId)
  const [other] = others
  if (conversation.kind === 'direct') return other ? personName(other) : 'Just you'
  if (conversation.title) return conversation.title
  if (others.length === 0) return 'Just you'
  const named = others.slice(0, 3).map(firstName).join(', ')
  return others.length > 3 ? `${named} and ${conversation.participantCount - 4} more` : named
}

export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s:_.-]+/u)
    .filter(Boolean)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => [...(word ?? '?')][0]?.toLocaleUpperCase()).join('')
}

/** The same hue for the same id, everywhere and always. */
export function hueOf(id: string): number {
  let hash = 0
  for (const letter of id) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  // Steps of 24 degrees keep neighbours apart; multiplied, since similar ids have similar hashes.
  return ((Math.imul(hash, 2654435761) >>> 16) % 15) * 24
}

export function previewOf(message: Message | null): string {
  if (!message) return 'No messages yet'
  return message.deletedAt ? 'Message deleted' : message.content
}

export function typingText(names: readonly string[]): string {
  const [first, second] = names
  if (!first) return ''
  if (!second) return `${first} is typing`
  return names.length === 2 ? `${first} and ${second} are typing` : `${first} and ${names.length - 1} others are typing`
}
