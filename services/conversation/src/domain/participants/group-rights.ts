import { type Actor, ParleyError } from '@parley/contracts'
import { type ConversationChanges, changesOf } from '../conversations/conversation-changes.ts'
import type { ConversationRecord } from '../ports/conversations.ts'
import type { ParticipantRecord } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'
import { noSuchConversation, requireWritable } from '../refusals.ts'

/** Whom a moderator may let in, and remove. */
const underModerators = ['member', 'observer']

/** Whether who has the one role may let in, or remove, somebody with the other. */
export function mayManage(role: string, otherRole: string): boolean {
  return role === 'owner' || (role === 'moderator' && underModerators.includes(otherRole))
}

/** Refuses who may not give the group another title or picture. */
export function requireDescriber(
  conversation: Pick<ConversationRecord, 'status'>,
  { role }: Pick<ParticipantRecord, 'role'>,
): void {
  if (role !== 'owner' && role !== 'moderator')
    throw new ParleyError('forbidden', 'Only an owner or a moderator of the group may do that')
  requireWritable(conversation)
}

/**
 * A group that the actor is in, locked. With `orAsAdmin`, any conversation that they came into as an admin. Whoever is not in
 * it does not wait for the lock: to hear that it is busy would be to hear that it is there. `newcomerId` is to be let in: of the two
 * neither can block the other from here on, users being locked before conversations.
 */
export async function lockGroup(
  uow: UnitOfWork,
  actor: Actor,
  conversationId: string,
  { orAsAdmin = false, newcomerId }: { orAsAdmin?: boolean; newcomerId?: string } = {},
): Promise<{ conversation: ConversationRecord; self: ParticipantRecord; changes: ConversationChanges }> {
  const present = () => uow.participants.find(conversationId, actor.userId)
  if (!(await present())?.active) throw noSuchConversation()
  if (newcomerId !== undefined) {
    await uow.users.ensure([newcomerId])
    await uow.users.lock([actor.userId, newcomerId], 'start')
  }
  const conversation = await uow.conversations.lock(conversationId)
  const self = await present()
  if (!conversation || !self?.active) throw noSuchConversation()
  if (conversation.kind !== 'group' && !(orAsAdmin && self.via === 'admin'))
    throw new ParleyError(
      'forbidden',
      conversation.kind === 'context'
        ? 'Who is in this conversation is what the host says of its context'
        : 'People come and go in groups only; this conversation has its fixed participants',
    )
  return { conversation, self, changes: changesOf(uow, conversation) }
}
