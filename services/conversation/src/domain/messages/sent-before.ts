import { type Actor, type ContextRef, type SendMessage, type SentMessage, SYSTEM_USER_ID } from '@parley/contracts'
import { MAX_PARENTS } from '../conversations/conversation-finder.ts'
import { contextKey, directKey, pairOf } from '../conversations/conversation-key.ts'
import { hasStates } from '../deals/deadline.ts'
import type { Deps } from '../deps.ts'
import type { SentTo } from '../ports/messages.ts'
import type { UnitOfWork } from '../ports.ts'
import { hashOfBody, sentPayload } from './message-body.ts'

/**
 * What an earlier call with the same key, body and target made, as it was answered: wherever the sender stands by now, these
 * are their own words. Undefined when there was none, when the sender is disabled, and for whoever may not speak for them any more.
 */
export function sentBefore(
  { store }: Pick<Deps, 'store'>,
  actor: Actor,
  input: SendMessage,
): Promise<SentMessage | undefined> {
  return store.snapshot(actor.tenantId, (uow) => findSentBefore(uow, actor, input))
}

/** The same in a transaction. */
export async function findSentBefore(
  uow: UnitOfWork,
  actor: Actor,
  input: SendMessage,
): Promise<SentMessage | undefined> {
  const { as, type = 'text', clientId } = input
  if (clientId === undefined || (actor.role !== 'service' && (as !== undefined || type === 'system'))) return undefined
  const senderId = type === 'system' ? SYSTEM_USER_ID : (as ?? actor.userId)
  if ((await uow.users.standing(senderId))?.disabled) return undefined
  const where = await placeOf(uow, senderId, input)
  const key = { senderId, clientId, bodyHash: hashOfBody(input) }
  const message = where && (await uow.messages.findSent(where, key))
  if (!message) return undefined
  // what it has become since is not what was answered
  const { pinned: _, ...kept } = message
  // where the host has changed its words, these were answered
  const content = message.modified ? message.content : (input.content ?? message.content)
  const payload = sentPayload(input) ?? null
  // by the policy of that time
  const { expiresAt } = (message.payload ?? {}) as { expiresAt?: string }
  if (payload && hasStates(type) && expiresAt !== undefined) Object.assign(payload, { expiresAt })
  const sent = { ...kept, rev: 0, content, payload, reactions: [], editedAt: null, deletedAt: null }
  return { message: { ...sent, clientId }, created: false }
}

/** Where it may have gone, whoever is a member and may write there now. */
async function placeOf(
  uow: UnitOfWork,
  senderId: string,
  { conversationId, to, context }: SendMessage,
): Promise<SentTo | undefined> {
  if (conversationId !== undefined) return { conversationId }
  if (context === undefined) return to === undefined ? undefined : { directKey: directKey(senderId, to) }
  const contexts = await withParents(uow, context)
  if (to === undefined) return { contexts }
  return { contextKeys: contexts.map((one) => contextKey(one, pairOf(senderId, to))) }
}

/** The context and those that it may have shared a conversation with. */
async function withParents({ contexts }: UnitOfWork, context: ContextRef): Promise<ContextRef[]> {
  const found: ContextRef[] = []
  for (let next: ContextRef | null = context; next && found.length <= MAX_PARENTS; ) {
    found.push({ type: next.type, id: next.id })
    next = (await contexts.find(next))?.parent ?? null
  }
  return found
}
