import { type Actor, type Change, type Message, ParleyError } from '@parley/contracts'
import type { ConversationRecord } from '../ports/conversations.ts'
import type { ParticipantRecord } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'
import { noSuchMessage, onlyReads, requireWritable } from '../refusals.ts'

/** A message that somebody sees, with its conversation locked, and themself in it. */
export interface LockedMessage {
  conversation: ConversationRecord
  message: Message
  self: ParticipantRecord
}

/**
 * Looked at twice: whoever does not see it does not wait for the lock, which would tell them that it is there, and what is
 * read before the lock may have changed by the time that it is held.
 */
export async function lockMessage(uow: UnitOfWork, actor: Actor, messageId: string): Promise<LockedMessage> {
  const seen = () => uow.messages.findVisible(actor.userId, messageId)
  const before = await seen()
  const conversation = before && (await uow.conversations.lock(before.conversationId))
  const message = conversation && (await seen())
  if (!conversation || !message) throw noSuchMessage()
  // whoever sees the message is in its conversation
  return { conversation, message, self: (await uow.participants.find(conversation.id, actor.userId))! }
}

/** The same for who may look at any message of the tenant; `self` is null where they are not in its conversation. */
export async function lockAnyMessage(
  uow: UnitOfWork,
  { userId }: Actor,
  messageId: string,
): Promise<Omit<LockedMessage, 'self'> & { self: ParticipantRecord | null }> {
  const [before] = await uow.messages.byIds([messageId])
  const conversation = before && (await uow.conversations.lock(before.conversationId))
  const [message] = conversation ? await uow.messages.byIds([messageId]) : []
  if (!conversation || !message) throw noSuchMessage()
  return { conversation, message, self: await uow.participants.find(conversation.id, userId) }
}

/** Refuses those who only read, and everybody where the conversation has ended. */
export function requireSpeaker({ conversation, self }: Pick<LockedMessage, 'conversation' | 'self'>): void {
  requireWritable(conversation)
  if (self.role === 'observer') throw onlyReads()
}

export function requireOwn({ userId }: Actor, { senderId }: Message): void {
  if (senderId !== userId) throw new ParleyError('forbidden', 'Only its sender may change a message')
}

/** Refuses what comes later than so many seconds after the message; null: for ever. `done` says what it no longer can be. */
export function requireWithin(seconds: number | null, { createdAt }: Message, now: string, done: string): void {
  if (seconds === null || Date.parse(now) - Date.parse(createdAt) < seconds * 1_000) return
  throw new ParleyError('edit_window_closed', `This message can no longer be ${done}`)
}

/** Makes a change of a message the conversation's next revision, and records it. `change` stores it under that revision. */
export async function changeMessage(
  uow: UnitOfWork,
  conversation: ConversationRecord,
  change: (rev: number) => Promise<Message>,
): Promise<Message> {
  return recordMessage(uow, conversation, async (rev) => ({
    type: 'message.updated',
    message: await change(rev),
  }))
}

/** The same for a change of whatever kind that is about a message. */
export async function recordMessage(
  uow: UnitOfWork,
  { id: conversationId, participantCount, seq }: ConversationRecord,
  change: (rev: number) => Promise<Extract<Change, { message: Message }>>,
): Promise<Message> {
  const { rev, participantsVersion } = await uow.conversations.revise(conversationId)
  const made = await change(rev)
  const { message } = made
  const members = await uow.participants.liveAudience(
    conversationId,
    participantsVersion,
    participantCount,
    message.seq,
  )
  await uow.record(made, { conversationId, head: { seq, rev }, members })
  return message
}
