import { type Actor, type EditMessage, type Message, ParleyError } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { ConversationRecord } from '../ports/conversations.ts'
import type { UnitOfWork } from '../ports.ts'
import { blocked, noSuchMessage, onlyReads, requireWritable } from '../refusals.ts'
import { requireContent } from './send-message.ts'

/** Replaces the text of an own message; the previous one stays in the history. Editing to the same text changes nothing. */
export async function editMessage(
  { store, policies }: Deps,
  actor: Actor,
  { messageId, content }: EditMessage,
): Promise<Message> {
  const policy = await policies.of(actor.tenantId)
  requireContent(content, policy)
  return store.transaction(actor.tenantId, async (uow) => {
    const { conversation, message, self } = await lockOwnMessage(uow, actor, messageId)
    // What they may not send they may not put into an earlier message either. Taking one back is another matter.
    if (self.blocked) throw blocked()
    if (message.deletedAt !== null) throw new ParleyError('forbidden', 'This message was deleted')
    if (message.content === content) return message
    requireWithin(policy.messages.editWindowSeconds, message, await uow.now(), 'edited')
    const { rev, participantsVersion } = await uow.conversations.revise(conversation.id)
    const edited = await uow.messages.edit(messageId, content, rev, actor.userId)
    await recordUpdate(uow, 'message.updated', conversation, edited, participantsVersion)
    return edited
  })
}

/** Deletes an own message for everyone. It keeps its place as a tombstone; deleting it again changes nothing. */
export async function deleteMessage(
  { store, policies }: Deps,
  actor: Actor,
  { messageId }: { messageId: string },
): Promise<Message> {
  const policy = await policies.of(actor.tenantId)
  return store.transaction(actor.tenantId, async (uow) => {
    const { conversation, message } = await lockOwnMessage(uow, actor, messageId)
    if (message.deletedAt !== null) return message
    requireWithin(policy.messages.deleteWindowSeconds, message, await uow.now(), 'deleted')
    const { rev, participantsVersion } = await uow.conversations.revise(conversation.id)
    const tombstone = await uow.messages.tombstone(messageId, rev, actor.userId)
    await recordUpdate(uow, 'message.deleted', conversation, tombstone, participantsVersion)
    return tombstone
  })
}

function requireWithin(seconds: number | null, { createdAt }: Message, now: string, done: string): void {
  if (seconds === null || Date.parse(now) - Date.parse(createdAt) < seconds * 1_000) return
  throw new ParleyError('edit_window_closed', `This message can no longer be ${done}`)
}

/**
 * Looked at twice: whoever does not see it does not wait for the lock, which would tell them that it is there, and what is
 * read before the lock may have changed by the time that it is held.
 */
async function lockOwnMessage(uow: UnitOfWork, actor: Actor, messageId: string) {
  const seen = () => uow.messages.findVisible(actor.userId, messageId)
  const before = await seen()
  const conversation = before && (await uow.conversations.lock(before.conversationId))
  const message = conversation && (await seen())
  if (!conversation || !message) throw noSuchMessage()
  if (message.senderId !== actor.userId) throw new ParleyError('forbidden', 'Only its sender may change a message')
  requireWritable(conversation)
  // whoever sees the message is in its conversation
  const self = (await uow.participants.find(conversation.id, actor.userId))!
  if (self.role === 'observer') throw onlyReads()
  return { conversation, message, self }
}

async function recordUpdate(
  uow: UnitOfWork,
  type: 'message.updated' | 'message.deleted',
  conversation: ConversationRecord,
  message: Message,
  participantsVersion: number,
): Promise<void> {
  const { id: conversationId, participantCount, seq } = conversation
  const members = await uow.participants.liveAudience(
    conversationId,
    participantsVersion,
    participantCount,
    message.seq,
  )
  await uow.record({ type, message }, { conversationId, head: { seq, rev: message.rev }, members })
}
