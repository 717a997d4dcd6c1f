import type { ActOnMessage, Actor, Message, MessageTransition, Policy } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { hashOfBody, keptBody, requireBody } from '../messages/message-body.ts'
import { limitConversation, limitMessages } from '../messages/message-limits.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, keyReused } from '../refusals.ts'
import { scheduleExpiry, withDeadline } from './deadline.ts'
import { type MessageMove, type Movable, moveMessage } from './move-message.ts'

/** An offer that is to stand in the place of another one. */
export interface CounterOffer {
  senderId: string
  clientId: string | undefined
  payload: Record<string, unknown>
  /** Whoever sends it has seen what they answer, unless a backend sends in their name. */
  interactive: boolean
}

/** What the call offers instead; null for any other action. It counts as a message of whoever sends it. */
export async function toCounterOffer(
  deps: Deps,
  given: Actor,
  { messageId, action, payload, clientId, as }: ActOnMessage,
  policy: Policy,
): Promise<CounterOffer | null> {
  if (action !== 'counter') {
    if (payload) throw invalidField('/payload', 'action', 'is for a counter-offer')
    return null
  }
  if (!payload) throw invalidField('/payload', 'required', 'is required')
  const senderId = as ?? given.userId
  await limitMessages(deps, given, senderId, policy)
  if (policy.rateLimits.conversationMessages) {
    const seen = await deps.store.snapshot(given.tenantId, ({ messages }) => messages.findVisible(senderId, messageId))
    if (seen) await limitConversation(deps, given, seen.conversationId, policy)
  }
  return { senderId, clientId, payload, interactive: given.role !== 'service' }
}

/** Whether the earlier move was this very call. Without a clientId no call is known again. */
export async function isSameCounter(
  uow: UnitOfWork,
  message: Message,
  { supersededBy }: MessageTransition,
  { senderId, clientId, payload }: CounterOffer,
): Promise<boolean> {
  if (clientId === undefined) return false
  const [there] = await uow.messages.findByClientIds(message.conversationId, [{ senderId, clientId }])
  return there?.id === supersededBy && there?.bodyHash === hashOfBody({ type: message.type, payload })
}

/**
 * Leaves an offer behind for a new one, in one commit: nobody can accept the former and see the latter. Answers the former; its line
 * in the conversation stands before the new one.
 */
export async function counterOffer(
  deps: Deps,
  uow: UnitOfWork,
  { conversation, message }: Movable,
  move: MessageMove,
  { policy, senderId, clientId: given, payload, interactive }: CounterOffer & { policy: Policy },
): Promise<Message> {
  const { type } = message
  if (interactive && !policy.messages.types.includes(type))
    throw invalidField('/action', 'policy', `would be a message of type ${type}, which nobody sends here any more`)
  const body = { type, payload }
  requireBody(body)
  const { content, extras } = keptBody(body, policy)
  const { payload: kept, expiresAt } = withDeadline(type, extras!.payload!, policy, await uow.now())
  const id = deps.newId()
  const clientId = given ?? id
  const used = await uow.messages.findByClientIds(conversation.id, [{ senderId, clientId }])
  if (used.length > 0) throw keyReused('message')
  const left = await moveMessage(deps, uow, { conversation, message }, { ...move, supersededBy: id })
  const seq = ++conversation.seq
  const [made] = await uow.messages.write([
    {
      id,
      conversationId: conversation.id,
      seq,
      senderId,
      type,
      content,
      payload: { ...kept, supersedes: message.id },
      clientId,
      bodyHash: hashOfBody(body),
      createdAt: null,
      imported: false,
    },
  ])
  await uow.conversations.advance([{ id: conversation.id, seq, at: made!.createdAt }])
  if (interactive) await uow.participants.hasSent(conversation.id, senderId, seq)
  await scheduleExpiry(uow, id, expiresAt)
  const { id: conversationId, rev, participantsVersion, participantCount } = conversation
  const members = await uow.participants.liveAudience(conversationId, participantsVersion, participantCount)
  await uow.record({ type: 'message.created', message: made! }, { conversationId, head: { seq, rev }, members })
  return left
}
