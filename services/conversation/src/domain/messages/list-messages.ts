import { type Actor, encodedAs, type ListMessages, type Message, type Page } from '@parley/contracts'
import { decodeSeqCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { MessageRange } from '../ports/messages.ts'
import type { EncodedMessage } from '../ports/reads.ts'
import { invalidField, noSuchConversation, noSuchMessage } from '../refusals.ts'

/**
 * A page of what the actor may see, always ascending. Without a position it is the newest page, which a tenant may have
 * marked as read by fetching it; `nextCursor` goes on in the direction of the page: to older ones, or after `after` to newer
 * ones.
 */
export async function listMessages(
  { store, policies }: Deps,
  actor: Actor,
  input: ListMessages,
): Promise<Page<Message>> {
  const { conversationId } = input
  const page = await pageOf(input, async (range) => {
    const found = await store.reads.page(actor, conversationId, range)
    if (!found) throw noSuchConversation()
    return found
  })
  const { messages } = await policies.of(actor.tenantId)
  const last = page.data.at(-1)
  const isLatest = input.before === undefined && input.around === undefined && input.cursor === undefined
  // A reader is not kept waiting for it, and reads all the same when it fails.
  if (messages.readOnFetch && isLatest && last)
    store.markRead({ tenantId: actor.tenantId, conversationId, userId: actor.userId, seq: last.seq }).catch(() => {})
  return encodedPage(page)
}

/** As text, which is read again only where somebody looks at the messages. */
function encodedPage({ data, hasMore, nextCursor }: Page<EncodedMessage>): Page<Message> {
  const list = `[${data.map(({ json }) => json).join(',')}]`
  let messages: Message[] | undefined
  const page = {
    get data() {
      // as it was encoded
      messages ??= JSON.parse(list) as Message[]
      return messages
    },
    hasMore,
    nextCursor,
  }
  return encodedAs(page, `{"data":${list},"hasMore":${hasMore},"nextCursor":${JSON.stringify(nextCursor)}}`)
}

/** Reads the page that the positions name, `read` being asked for one message more than there is room for. */
export async function pageOf<T extends { seq: number }>(
  input: ListMessages,
  read: (range: MessageRange) => Promise<T[]>,
): Promise<Page<T>> {
  const { limit = 20, around } = input
  const given = [input.before, input.after, around, input.cursor].filter((position) => position !== undefined)
  if (given.length > 1) throw invalidField('/cursor', 'position', 'before, after and around exclude each other')
  const range: MessageRange = { before: input.before, after: input.after, limit: limit + 1 }
  if (input.cursor !== undefined) {
    const { direction, seq } = decodeSeqCursor(input.cursor)
    range[direction] = seq
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

function finish<T extends { seq: number }>(data: T[], hasMore: boolean, direction: 'before' | 'after'): Page<T> {
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
