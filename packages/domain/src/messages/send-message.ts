import type { Actor, SendMessage, SentMessage } from '@parley/contracts'
import { bodyHash } from '../body-hash.ts'
import type { Deps } from '../deps.ts'
import { invalidField } from '../refusals.ts'

/** Holds where a tenant's policy says nothing. The sources agree on it. */
const DEFAULT_CONTENT_LENGTH = 2_000

/**
 * Appends to a conversation, or to the direct one with `to`, which the first message creates. The reply says what is
 * committed. Without a clientId the call is not repeatable: a second one is a second message.
 */
export async function sendMessage(deps: Deps, actor: Actor, input: SendMessage): Promise<SentMessage> {
  requireContent(input.content)
  if ((input.conversationId === undefined) === (input.to === undefined))
    throw invalidField('/conversationId', 'target', 'or /to has to be given, and only one of them')
  const conversationId = input.conversationId ?? (await deps.directs.find(actor, input.to as string)).conversationId
  const type = input.type ?? 'text'
  const id = deps.newId()
  const clientId = input.clientId ?? id
  const { message, created } = await deps.store.append({
    tenantId: actor.tenantId,
    conversationId,
    senderId: actor.userId,
    id,
    clientId,
    bodyHash: bodyHash([type, input.content]),
    type,
    content: input.content,
  })
  return { message: { ...message, clientId }, created }
}

export function requireContent(content: string): void {
  if (content.trim() === '') throw invalidField('/content', 'blank', 'is empty')
  // UTF-16 length is an upper bound of the characters; count them only when it matters
  if (content.length > DEFAULT_CONTENT_LENGTH && [...content].length > DEFAULT_CONTENT_LENGTH)
    throw invalidField('/content', 'maxLength', `is longer than ${DEFAULT_CONTENT_LENGTH} characters`)
}
