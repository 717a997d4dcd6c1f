import { type Actor, type EditMessage, type Message, ParleyError } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { ConversationRecord, UnitOfWork } from '../ports.ts'
import { noSuchMessage, requireWritable } from '../refusals.ts'
import { requireContent } from './send-message.ts'

/** Replaces the text of an own message; the previous one stays in the history. Editing to the same text changes nothing. */
export async function editMessage(
  { store }: Deps,
  actor: Actor,
  { messageId, content }: EditMessage,
): Promise<Message> {
  requireContent(content)
  return store.transaction(actor.tenantId, async (uow) => {
    const { conversation, message } = await lockOwnMessage(uow, actor, messageId)
    if (message.deletedAt !== null) throw new ParleyError('forbidden', 'This message was deleted')
    if (message.content === content) return message
    const { rev, participantsVersion } = await uow.conversations.revise(conversation.id)
    const edited = await uow.messages.edit(messageId, content, rev, actor.userId)
    await recordUpdate(uow, 'message.updated', conversation, edited, participantsVersion)
    return edited
  })
}

/** Deletes an own message for everyone. It keeps its place as a tombstone; deleting it again changes nothing. */
export async function deleteMessage(
  { store }: Deps,
  actor: Actor,
  { messageId }: { messageId: string },
): Promise<Message> {
  return store.transaction(actor.tenantId, async (uow) => {
    const { conversation, message } = await lockOwnMessage(uow, actor, messageId)
    if (message.deletedAt !== null) return message
    const { rev, participantsVersion } = await uow.conversations.revise(conversation.id)
    const tombstone = await uow.messages.tombstone(messageId, rev, actor.userId)
    await recordUpdate(uow, 'message.deleted', conversation, tombstone, participantsVersion)
    return tombstone
  })
}

/** The lock comes first: what is read before it may have changed by the time that it is held. */
async function lockOwnMessage(uow: UnitOfWork, actor: Actor, messageId: string) {
  const located = await uow.messages.locate(messageId)
  const conversation = located && (await uow.conversations.lock(located.conversationId))
  const message = conversation && (await uow.messages.findVisible(actor.userId, messageId))
  if (!conversation || !message) throw noSuchMessage()
  if (message.senderId !== actor.userId) throw new ParleyError('forbidden', 'Only its sender may change a message')
  requireWritable(conversation)
  return { conversation, message }
}

async function recordUpdate(
  uow: UnitOfWork,
  type: 'message.updated' | 'message.deleted',
  conversation: ConversationRecord,
  message: Message,
  participantsVersion: number,
): Promise<void> {
  const audience = await uow.participants.liveAudience(
    conversation.id,
    participantsVersion,
    conversation.participantCount,
    message.seq,
  )
  await uow.record({
    type,
    conversationId: conversation.id,
    seq: message.seq,
    rev: message.rev,
    data: message,
    head: { seq: conversation.seq, rev: message.rev },
    live: [{ event: 'message_updated', data: message, audience, span: 1, aboutSeq: message.seq }],
  })
}
