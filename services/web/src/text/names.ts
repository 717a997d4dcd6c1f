import type { ConversationName, Message, Participant, SYSTEM_USER_ID, UserProfile } from '@parley/contracts'
import { previewOf as lineOf, textParts } from '@parley/contracts/message-text'
import type { HeldConversation } from '../chat/chat-state.ts'
import { filesText } from './files.ts'

// The type alone is imported: with the value would come every schema of the contracts.
const systemUserId: typeof SYSTEM_USER_ID = 'parley:system'

export function personName(person: Pick<UserProfile, 'userId' | 'name'>): string {
  if (person.userId === systemUserId) return 'Parley'
  return person.name ?? person.userId
}

/** Written from right to left, or says so of what follows. */
const rightToLeft =
  /[\u0590-\u08FF\u200F\u202B\u202E\u2067\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u

/** A name to stand in a sentence: whatever way it is written, what stands around it keeps its order (UAX #9, FSI and PDI). */
export function isolated(name: string): string {
  return rightToLeft.test(name) ? `\u2068${name}\u2069` : name
}

/** A first name to stand in a sentence. */
export function shortName(person: Pick<UserProfile, 'userId' | 'name'>): string {
  const [first = person.userId] = personName(person).split(/\s+/u)
  return isolated(first.replace(/[,;]$/u, ''))
}

export function othersIn<P extends UserProfile>(
  conversation: { participants: readonly P[] },
  myId: string | undefined,
) {
  return conversation.participants.filter((participant) => participant.userId !== myId)
}

/** The one whom a direct conversation is with. Not so where an admin has joined, and to that admin. */
export function counterpart(conversation: HeldConversation, myId: string | undefined): Participant | null {
  if (conversation.kind !== 'direct') return null
  const [other, ...more] = partners(conversation, myId)
  return other && more.length === 0 ? other : null
}

function partners(conversation: HeldConversation, myId: string | undefined): Participant[] {
  const others = othersIn(conversation, myId)
  const members = others.filter(({ staff }) => !staff)
  return conversation.kind === 'direct' && members.length > 0 ? members : others
}

/** What a conversation is called for those who only look things up: by its title, or who is in it. */
export function calledText({ title, participants }: Pick<ConversationName, 'title' | 'participants'>): string {
  return title ? isolated(title) : participants.map((person) => isolated(personName(person))).join(', ')
}

/** What a context is called: the host's title, or its type and id. */
export function contextName({ type, id, title }: NonNullable<HeldConversation['context']>): string {
  return title ?? `${type} ${id}`
}

/** The other person of a direct conversation, what it is about, its title, or who is in it. */
export function conversationName(conversation: HeldConversation, myId: string | undefined): string {
  if (conversation.context) return contextName(conversation.context)
  if (conversation.title) return conversation.title
  const others = partners(conversation, myId)
  const [other, second, third] = others
  if (!other) return 'Just you'
  if (conversation.kind === 'direct' && !third)
    return second ? `${shortName(other)} and ${shortName(second)}` : personName(other)
  const named = others.slice(0, 3).map(shortName).join(', ')
  return others.length > 3 ? `${named} and ${conversation.participantCount - 4} more` : named
}

/** For those who look things up: the ids of those who are in it. */
export function idsIn({ participants, participantCount }: HeldConversation): string {
  const ids = participants.slice(0, 6).map(({ userId }) => isolated(userId))
  return `${ids.join(', ')}${participantCount > ids.length ? ` and ${participantCount - ids.length} more` : ''}`
}

export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s:_.-]+/u)
    .filter(Boolean)
    .map((word) => word.replace(/(?<=.)\p{P}+$|^\p{P}+(?=.)/gu, ''))
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

/** `people`: those who may be mentioned in it. */
export function previewOf(
  message: Message | null,
  people: readonly Pick<UserProfile, 'userId' | 'name'>[] = [],
): string {
  if (!message) return 'No messages yet'
  if (message.type === 'system') return message.content
  if (message.deletedAt) return 'Message deleted'
  const words = readableText(message.content, message.mentions, people) || filesText(message.attachments)
  return lineOf({ ...message, content: words }, navigator.language)
}

/** What a text says to people: `@[userId]` is the person's name. Who is not known stays an id. */
export function readableText(
  text: string,
  mentions: readonly string[],
  people: readonly Pick<UserProfile, 'userId' | 'name'>[],
): string {
  return textParts(text, mentions)
    .map((part) => ('text' in part ? part.text : `@${nameIn(people, part.userId)}`))
    .join('')
}

export function nameIn(people: readonly Pick<UserProfile, 'userId' | 'name'>[], userId: string): string {
  const person = people.find((one) => one.userId === userId)
  return person ? personName(person) : userId
}

export function typingText(names: readonly string[]): string {
  const [first, second] = names
  if (!first) return ''
  if (!second) return `${first} is typing`
  return names.length === 2 ? `${first} and ${second} are typing` : `${first} and ${names.length - 1} others are typing`
}
