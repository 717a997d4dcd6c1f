import { type Actor, type ListMessageHistory, type MessageVersion, type Page, ParleyError } from '@parley/contracts'
import { audit } from '../admin/audit.ts'
import { decodeIdCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { UnitOfWork } from '../ports.ts'
import { noSuchMessage } from '../refusals.ts'

/**
 * What a message said before, the latest first. Its sender reads it as long as they see the message and have not deleted it; admins
 * read that of any message, deleted ones included, and it is in the log that they did.
 */
export async function getMessageHistory(
  { store }: Deps,
  actor: Actor,
  { messageId, limit = 20, cursor }: ListMessageHistory,
): Promise<Page<MessageVersion>> {
  const before = cursor === undefined ? undefined : Number(decodeIdCursor(cursor, 'number'))
  return store.transaction(actor.tenantId, async (uow) => {
    const isShown =
      actor.role === 'user' ? await isShownTo(uow, actor, messageId) : await inspect(uow, actor, messageId)
    const found = isShown ? await uow.messages.versions(messageId, before, limit + 1) : []
    const data = found.slice(0, limit)
    const hasMore = found.length > limit
    const last = data.at(-1)
    return { data, hasMore, nextCursor: hasMore && last ? encodeCursor([String(last.rev)]) : null }
  })
}

/** Whether there is something of it for its sender. */
async function isShownTo(uow: UnitOfWork, actor: Actor, messageId: string): Promise<boolean> {
  const message = await uow.messages.findVisible(actor.userId, messageId)
  if (!message) throw noSuchMessage()
  if (message.senderId !== actor.userId)
    throw new ParleyError('forbidden', 'What a message said before is for its sender and admins')
  return message.deletedAt === null
}

async function inspect(uow: UnitOfWork, actor: Actor, messageId: string): Promise<true> {
  const [message] = await uow.messages.byIds([messageId])
  if (!message) throw noSuchMessage()
  await audit(uow, actor, 'message.history_read', message.conversationId, { messageId, seq: message.seq })
  return true
}
