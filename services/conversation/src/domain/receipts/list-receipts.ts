import type { Actor, ListReceipts, ReceiptPage } from '@parley/contracts'
import { decodeUserCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { noSuchMessage } from '../refusals.ts'

/** Who has received and read a message that the actor sees, as far as they let the actor know, and the actor lets others. */
export async function listReceipts(
  { store }: Deps,
  actor: Actor,
  { messageId, limit = 20, cursor }: ListReceipts,
): Promise<ReceiptPage> {
  const after = cursor === undefined ? null : decodeUserCursor(cursor)
  const found = await store.reads.receipts(actor, messageId, after, limit + 1)
  if (!found) throw noSuchMessage()
  const { receipts, deliveredCount, readCount } = found
  const data = receipts.slice(0, limit)
  const last = data.at(-1)
  const hasMore = receipts.length > limit
  return { data, hasMore, nextCursor: hasMore && last ? encodeCursor([last.userId]) : null, deliveredCount, readCount }
}
