import { type Actor, ParleyError } from '@parley/contracts'
import { settled } from '../claims/ask-outcome.ts'
import type { Deps } from '../deps.ts'
import type { StoredAttachment } from '../ports/store.ts'
import { notFound } from '../refusals.ts'

/** No conversation has it. */
const NOWHERE = '00000000-0000-0000-0000-000000000000'

/** Refuses who may do nothing at all: who is disabled, revoked or asks too much. */
export async function atTheDoor({ authority }: Deps, actor: Actor): Promise<void> {
  await authority.mayDownload(actor, { conversationId: NOWHERE, messageId: null }).catch((err) => {
    if (!(err instanceof ParleyError) || err.code !== 'not_found') throw err
  })
}

/**
 * The attachment, if the actor may see it at this moment: with its message, as they may see that; one that was not sent is its
 * uploader's alone, while they are in the conversation. To everybody else there is none.
 */
export async function requireSeen(deps: Deps, actor: Actor, attachmentId: string): Promise<StoredAttachment> {
  const { store, authority } = deps
  const { tenantId, userId } = actor
  const stored = await store.snapshot(tenantId, ({ attachments }) => attachments.byId(attachmentId))
  const found = stored && (await settled(deps, tenantId, stored))
  const isTheirs = found?.uploaderId === userId && found.messageId === null
  if (!found || (!isTheirs && found.messageId === null) || found.conversationId === null) {
    await atTheDoor(deps, actor)
    if (found && isTheirs) return found
    throw notFound()
  }
  const { conversationId, messageId } = found
  await authority.mayDownload(actor, { conversationId, messageId }).catch((err) => {
    throw err instanceof ParleyError && err.code === 'not_found' ? notFound() : err
  })
  return found
}
