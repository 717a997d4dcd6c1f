import type { Actor, ListRecipients, RecipientPage } from '@parley/contracts'
import { requireService } from '../access.ts'
import { decodeUserCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { noSuchConversation } from '../refusals.ts'

/** Who has something to be told of in a conversation at this moment, for backends that tell people themselves. */
export async function listRecipients(
  { store }: Deps,
  actor: Actor,
  { conversationId, limit = 20, cursor }: ListRecipients,
): Promise<RecipientPage> {
  requireService(actor)
  const after = cursor === undefined ? null : decodeUserCursor(cursor)
  const [page] = await store.audience.recipients(actor.tenantId, [{ conversationId, after, told: {} }], {
    delayMs: 0,
    limit,
  })
  if (!page) throw noSuchConversation()
  return {
    data: page.recipients.map(({ toSeq: _looked, ...recipient }) => recipient),
    nextCursor: page.next === null ? null : encodeCursor([page.next]),
    hasMore: page.next !== null,
  }
}
