import type { Actor, ListMessages, Message } from '@parley/contracts'
import { decodeSeqCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { MessageRange } from '../ports.ts'
import { invalidField, noSuchConversation, noSuchMessage } from '../refusals.ts'

interface Page {
  data: Message[]
  nextCursor: string | null
  hasMore: boolean
}

/**
 * A page of what the actor may see, always ascending. Without a position it is the newest page; `nextCursor` goes on in the
 * direction of the page: to older ones, or after `after` to newer ones.
 */
export async function listMessages({ store }: Deps, actor: Actor, input: ListMessages): Promise<Page> {
  const { conversationId, limit = 20, around } = input
  const given = [input.before, input.after, around, input.cursor].filter((position) => position !== undefined)
  if (given.length > 1) throw invalidField('/cursor', 'position', 'before, after and around exclude each other')
  const range: MessageRange = { before: input.before, after: input.after, limit: limit + 1 }
  if (input.cursor !== undefined) {
    const { direction, seq } = decodeSeqCursor(input.cursor)
    range[direction] = seq
  }
  const read = async (part: MessageRange) => {
    const found = await store.reads.page(actor, conversationId, part)
    if (!found) throw noSuchConversation()
    return found
  }
  if (around !== undefined) {
    const half = Math.floor(limit / 2)
    const older = await read({ before: around, limit: half + 1 })
    const newer = await read({ after: Math.max(0, around - 1), limit: limit - half })
    const hasMore = older.length > half
    return finish([...older.slice(hasMore ? 1 : 0), ...newer], hasMore, 'before')
  }
  const found = await read(range)
  const hasMore = found.length > limit
  if (range.after !== undefined) return finish(found.slice(0, limit), hasMore, 'after')
  return finish(hasMore ? found.slice(1) : found, hasMore, 'before')
}

function finish(data: Message[], hasMore: boolean, direction: 'before' | 'after'): Page {
  const edge = direction === 'before' ? data[0] : data.at(-1)
  return { data, hasMore, nextCursor: hasMore && edge ? encodeCursor([direction, edge.seq]) : null }
}

export async function getMessage(
  { store }: Deps,
  actor: Actor,
  { messageId }: { messageId: string },
): Promise<Message> {
  const message = await store.snapshot(actor.tenantId, ({ messages }) => messages.findVisible(actor.userId, messageId))
  if (!message) throw noSuchMessage()
  return message
}
