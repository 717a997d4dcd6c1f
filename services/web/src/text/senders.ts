import type { HeldConversation } from '../chat/chat-state.ts'
import { othersIn } from './names.ts'
import { roleText } from './roles.ts'

const looksAfter = (role: string) => role === 'moderator' || role === 'observer'

/**
 * Whether a message says who sent it. Between two people everybody knows, and it stays so whoever comes to look after
 * them and goes again: only what those write carries a name.
 */
export function namesSender(conversation: HeldConversation, senderId: string, myId: string | undefined): boolean {
  if (conversation.kind === 'group') return true
  const [other, ...more] = othersIn(conversation, myId).filter(({ role }) => !looksAfter(role))
  return !other || more.length > 0 || other.userId !== senderId
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
