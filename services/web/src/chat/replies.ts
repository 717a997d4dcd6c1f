import type { Message, ReplyPreview } from '@parley/contracts'
import { previewOf } from '@parley/contracts/message-text'
import type { Timeline } from './timeline.ts'

/** What an answer shows of the message that it answers. */
export function replyPreviewOf(message: Message): ReplyPreview {
  const { id, seq, senderId, sender, type, deletedAt } = message
  return { id, seq, senderId, sender, type, content: previewOf(message), deletedAt, hidden: false }
}

/** A message has changed: what answers it shows that. */
export function withAnswered(messages: readonly Message[], original: Message): readonly Message[] {
  if (!messages.some(({ replyTo }) => replyTo?.id === original.id)) return messages
  const preview = replyPreviewOf(original)
  return messages.map((message) => {
    const { replyTo } = message
    // Of what this reader may not see nothing is told.
    return replyTo?.id === original.id && !replyTo.hidden ? { ...message, replyTo: preview } : message
  })
}

/** The loaded message of that seq. */
export function messageAt({ messages }: Pick<Timeline, 'messages'>, seq: number): Message | undefined {
  let [from, to] = [0, messages.length - 1]
  while (from <= to) {
    const middle = (from + to) >> 1
    const message = messages[middle]!
    if (message.seq === seq) return message
    if (message.seq < seq) from = middle + 1
    else to = middle - 1
  }
  return undefined
}
