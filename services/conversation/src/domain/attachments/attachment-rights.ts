import type { Actor, Policy, UploadPurpose } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { audit, auditLook } from '../admin/audit.ts'
import type { Deps } from '../deps.ts'
import { lockGroup, requireDescriber } from '../participants/group-rights.ts'
import { requireWriter } from '../participants/require-writer.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchConversation, noSuchMessage } from '../refusals.ts'
import { identify } from '../users/identify.ts'

/** Refuses as a message of the actor's would be refused there now, or a change of the picture; see the contract. */
export async function mayUpload(
  deps: Deps,
  given: Actor,
  { purpose, conversationId }: { purpose: UploadPurpose; conversationId: string | null },
): Promise<{ rules: Policy['attachments'] }> {
  const actor = await deps.access.enter(given)
  return deps.turns.take(actor, async () => {
    await identify(deps, actor)
    if (purpose !== 'profile_picture') {
      if (conversationId === null) throw invalidField('/conversationId', 'required', 'is required')
      if (purpose === 'message')
        await deps.store.snapshot(actor.tenantId, (uow) => requireUploader(uow, actor, conversationId))
      else
        await deps.store.transaction(actor.tenantId, async (uow) => {
          const { conversation, self } = await lockGroup(uow, actor, conversationId)
          requireDescriber(conversation, self)
        })
    }
    return { rules: (await deps.policies.of(actor.tenantId)).attachments }
  })
}

/** The backend uploads for whomever it will send as, who is looked at then. */
async function requireUploader(uow: UnitOfWork, { role, userId }: Actor, conversationId: string): Promise<void> {
  if (role !== 'service') await requireWriter(uow, conversationId, userId)
  else await requireThere(uow, conversationId)
}

async function requireThere({ conversations }: UnitOfWork, conversationId: string): Promise<void> {
  const [head] = await conversations.heads([conversationId])
  if (!head) throw noSuchConversation()
}

/**
 * Refuses who does not see that message now, by the one rule that everything of messages is read by; of what is not sent yet, who is not in
 * the conversation. Admins read any message, and their looks are in the audit log.
 */
export async function mayDownload(
  deps: Deps,
  given: Actor,
  { conversationId, messageId }: { conversationId: string; messageId: string | null },
): Promise<Record<string, never>> {
  const actor = await deps.access.enter(given)
  const { tenantId, userId, role } = actor
  return deps.turns.take(actor, async () => {
    const isSeen = await deps.store.snapshot(tenantId, async ({ messages, participants, conversations }) => {
      if (messageId !== null) return isAttachedIn(conversationId, await messages.findVisible(userId, messageId))
      if (role === 'service') return (await conversations.heads([conversationId])).length > 0
      return (await participants.find(conversationId, userId))?.active === true
    })
    if (isSeen) return {}
    if (messageId === null) throw noSuchConversation()
    if (role === 'user') throw noSuchMessage()
    await deps.store.transaction(tenantId, async (uow) => {
      const [message] = await uow.messages.byIds([messageId])
      if (!isAttachedIn(conversationId, message)) throw noSuchMessage()
      await auditLook(uow, actor, 'attachments.read', conversationId, { messageId })
    })
    return {}
  })
}

/** Refuses who may not erase what somebody uploaded, and writes down that they are about to. */
export async function mayErase(
  deps: Deps,
  given: Actor,
  { userId }: { userId: string },
): Promise<Record<string, never>> {
  const actor = await deps.access.enter(given)
  requireAdmin(actor)
  return deps.turns.take(actor, async () => {
    // the first call of theirs that comes here, perhaps, and of their tenant
    await identify(deps, actor)
    await deps.store.transaction(actor.tenantId, (uow) => audit(uow, actor, 'attachments.erase', userId))
    return {}
  })
}

/** What is deleted has nothing attached to it, whoever asks. */
const isAttachedIn = (
  conversationId: string,
  message: { conversationId: string; deletedAt: string | null } | null | undefined,
) => message?.conversationId === conversationId && message.deletedAt === null
