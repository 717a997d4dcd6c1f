import type { Participant } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { isolated, othersIn, personName } from './names.ts'
import { roleText } from './roles.ts'

/** The one other member, whoever else has come to look after them; null where there are more, or fewer. */
export function soleOther(conversation: HeldConversation, myId: string | undefined): Participant | null {
  if (conversation.kind === 'group') return null
  const [other, ...more] = othersIn(conversation, myId).filter(({ role }) => !looksAfter(role))
  return other && more.length === 0 ? other : null
}

const looksAfter = (role: string) => role === 'moderator' || role === 'observer'

/**
 * Whether a message says who sent it. Between two people everybody knows, and it stays so whoever comes to look after
 * them and goes again: only what those write carries a name.
 */
export function namesSender(conversation: HeldConversation, senderId: string, myId: string | undefined): boolean {
  return soleOther(conversation, myId)?.userId !== senderId
}

/** Beside the name of who wrote: that they moderate, or the host's own word for what they are among many. */
export function senderTag(conversation: HeldConversation, senderId: string): string | null {
  const role = conversation.participants.find(({ userId }) => userId === senderId)?.role
  if (!role || role === 'member' || role === 'owner') return null
  return roleText(role)
}

/** Those who have come into a conversation of others to moderate it. Of a group, they are among its people. */
export function moderatorsIn(conversation: HeldConversation, myId: string | undefined) {
  if (conversation.kind === 'group') return []
  return othersIn(conversation, myId).filter(({ role }) => looksAfter(role))
}

/** For those who are moderated. */
export function moderatedText(moderators: readonly Pick<Participant, 'userId' | 'name' | 'role'>[]): string {
  const names = moderators.map((person) => isolated(personName(person))).join(' and ')
  const writes = moderators.some(({ role }) => role === 'moderator')
  const [verb, they] = moderators.length === 1 ? ['moderates', 'reads'] : ['moderate', 'read']
  return writes
    ? `${names} ${verb} this conversation, and can read and write in it.`
    : `${names} ${they} this conversation to moderate it.`
}
