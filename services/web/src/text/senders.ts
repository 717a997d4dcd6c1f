import type { Participant } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { isolated, othersIn, personName } from './names.ts'
import { roleText } from './roles.ts'

/** The one other member, whoever else has come to look after them; null where there are more, or fewer. */
export function soleOther(conversation: HeldConversation, myId: string | undefined): Participant | null {
  if (conversation.kind === 'group') return null
  const [other, ...more] = othersIn(conversation, myId).filter(({ staff }) => !staff)
  return other && more.length === 0 ? other : null
}

/**
 * Whether a message says who sent it. Between two people everybody knows, and it stays so whoever comes to look after
 * them and goes again: only what those write carries a name.
 */
export function namesSender(conversation: HeldConversation, senderId: string, myId: string | undefined): boolean {
  return soleOther(conversation, myId)?.userId !== senderId
}

/** Of who belongs to the place itself, and not to those who talk. */
export const staffTag = 'Staff'

/** Beside the name of who wrote: that they moderate, or the host's own word for what they are among many. */
export function senderTag(conversation: HeldConversation, senderId: string): string | null {
  const sender = conversation.participants.find(({ userId }) => userId === senderId)
  if (!sender) return null
  if (sender.staff) return staffTag
  return sender.role === 'member' || sender.role === 'owner' ? null : roleText(sender.role)
}

/** Those who have come into a conversation to moderate it, in a group beside the moderators of its own. */
export function moderatorsIn(conversation: HeldConversation, myId: string | undefined) {
  return othersIn(conversation, myId).filter(({ staff }) => staff)
}

/** For those who are moderated. */
export function moderatedText(moderators: readonly Pick<Participant, 'userId' | 'name' | 'role'>[]): string {
  const names = moderators.map((person) => isolated(personName(person))).join(' and ')
  const writes = moderators.some(({ role }) => role !== 'observer')
  const [verb, they] = moderators.length === 1 ? ['moderates', 'reads'] : ['moderate', 'read']
  return writes
    ? `${names} ${verb} this conversation, and can read and write in it.`
    : `${names} ${they} this conversation to moderate it.`
}
