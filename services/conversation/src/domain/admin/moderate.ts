import type { Actor, Conversation, JoinAsAdmin, Participant, SetConversationStatus } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { statusMark } from '../contexts/context-state.ts'
import { changesOf } from '../conversations/conversation-changes.ts'
import { systemMessage } from '../conversations/notice.ts'
import type { Deps } from '../deps.ts'
import { noSuchConversation } from '../refusals.ts'
import { audit } from './audit.ts'
import { inspected } from './inspect.ts'

/** An admin comes into a dispute: visibly, with a message that says so, and with all that was said before. */
export async function joinConversation(
  { store, newId }: Deps,
  actor: Actor,
  { conversationId, role = 'moderator' }: JoinAsAdmin,
): Promise<Participant> {
  requireAdmin(actor)
  return store.transaction(actor.tenantId, async (uow) => {
    const conversation = await uow.conversations.lock(conversationId)
    if (!conversation) throw noSuchConversation()
    const present = await uow.participants.find(conversationId, actor.userId)
    const changes = changesOf(uow, conversation)
    if (present?.active) {
      if (present.role === role || present.via !== 'admin')
        return uow.participants.profile(conversationId, actor.userId)
      await audit(uow, actor, 'conversation.joined', conversationId, { role })
      return changes.setRole(actor.userId, role)
    }
    await uow.users.ensure([actor.userId])
    const participant = await changes.join({ userId: actor.userId, role, via: 'admin', history: 'all' })
    await changes.say(systemMessage(newId(), { event: 'moderator_joined', userId: actor.userId, role }))
    await audit(uow, actor, 'conversation.joined', conversationId, { role })
    return participant
  })
}

/** Closes a conversation, makes it read-only or opens it again, whatever its context says. */
export async function setConversationStatus(
  { store, newId }: Deps,
  actor: Actor,
  { conversationId, status, reason }: SetConversationStatus,
): Promise<Conversation> {
  requireAdmin(actor)
  return store.transaction(actor.tenantId, async (uow) => {
    const conversation = await uow.conversations.lock(conversationId)
    if (!conversation) throw noSuchConversation()
    const why = status === 'active' ? null : (reason ?? 'moderation')
    // opened again, it stays so until its context takes another status
    const held = status !== 'active' || conversation.context !== null
    const { stored } = conversation
    if (stored.status !== status || stored.reason !== why || stored.next || conversation.held !== held) {
      const changes = changesOf(uow, conversation)
      await changes.setState({ status, reason: why, next: null, held })
      if (conversation.stored.status !== status) await changes.say(statusMark(newId(), { status, reason: why }))
      await audit(uow, actor, `conversation.${status}`, conversationId, { reason: why })
    }
    return inspected(uow, conversationId)
  })
}
