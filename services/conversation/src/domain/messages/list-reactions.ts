import type { Actor, ListReactions, Page, Reaction } from '@parley/contracts'
import { decodeReactionCursor, encodeReactionCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { noSuchMessage } from '../refusals.ts'
import { toEmoji } from './react.ts'

/** Who reacted to a message that the actor sees, the first one first. */
export async function listReactions(
  { store }: Deps,
  actor: Actor,
  { messageId, emoji, limit = 20, cursor }: ListReactions,
): Promise<Page<Reaction>> {
  const wanted = emoji === undefined ? undefined : toEmoji(emoji)
  const after = cursor === undefined ? undefined : decodeReactionCursor(cursor)
  return store.snapshot(actor.tenantId, async ({ messages, reactions }) => {
    if (!(await messages.findVisible(actor.userId, messageId))) throw noSuchMessage()
    const found = await reactions.list(messageId, { emoji: wanted, after, limit: limit + 1 })
    const data = found.slice(0, limit)
    const hasMore = found.length > limit
    const last = data.at(-1)
    return {
      data: data.map(({ place: _, ...reaction }) => reaction),
      hasMore,
      nextCursor: hasMore && last ? encodeReactionCursor(last.place) : null,
    }
  })
}
