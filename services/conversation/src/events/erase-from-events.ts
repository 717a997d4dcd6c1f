import type { Bus } from '@parley/bus'
import { EVENT_STREAM, type Message, subjects } from '@parley/contracts'
import type { Erasure } from '../domain/ports/erasures.ts'

/** How far the clocks of the database and of the event stream may be apart. Milliseconds. */
const CLOCKS_APART_MS = 60_000

/**
 * Takes the words of deleted messages out of the event stream: what was said of these messages before they were deleted, and from what was
 * said of others the preview of the one that they answer. Whoever has not consumed them yet finds the deletion. Returns how many
 * events they were in.
 */
export function eraseFromEvents(
  bus: Bus,
  tenantId: string,
  erasures: readonly Erasure[],
  signal: AbortSignal,
): Promise<number> {
  const conversations = new Set(erasures.map(({ conversationId }) => conversationId))
  const messages = new Set(erasures.map(({ messageId }) => messageId))
  const oldest = Math.min(...erasures.map(({ createdAt }) => Date.parse(createdAt)))
  return bus.revise({
    stream: EVENT_STREAM,
    filter: subjects.messageEvents(tenantId),
    since: new Date(oldest - CLOCKS_APART_MS),
    signal,
    concerns: ({ headers }) => conversations.has(headers['Parley-Conversation'] ?? ''),
    revise: (body) => withoutWords(body, messages),
  })
}

/** What is left of an event; null: nothing, undefined: all of it. */
function withoutWords(body: Uint8Array, messages: ReadonlySet<string>): Uint8Array | null | undefined {
  // of an event about messages, which holds one, or has it as a part beside what was done to it
  const event = JSON.parse(Buffer.from(body).toString()) as { data: Message | { message: Message } }
  const message = 'message' in event.data ? event.data.message : event.data
  if (messages.has(message.id)) return message.deletedAt === null ? null : undefined
  const { replyTo } = message
  if (!replyTo || !messages.has(replyTo.id) || replyTo.content === '') return undefined
  replyTo.content = ''
  return Buffer.from(JSON.stringify(event))
}
