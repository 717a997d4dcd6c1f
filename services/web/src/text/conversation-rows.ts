import type { Message } from '@parley/contracts'
import type { Timeline } from '../chat/timeline.ts'
import { daysAgo } from './dates.ts'

/** What the message list draws of a message, and what stands above it. */
export interface Row {
  message: Message
  /** A new day begins with it. */
  startsDay: boolean
  /** What is new begins with it. */
  startsUnread: boolean
  startsGroup: boolean
  endsGroup: boolean
}

const GROUP_MS = 5 * 60_000

/** Says where days and "new messages" begin, and groups what one person wrote in one go. One row for each message. */
export function conversationRows(
  { messages, hasOlder }: Pick<Timeline, 'messages' | 'hasOlder'>,
  newAfter: number | null,
  myId: string | undefined,
): Row[] {
  const rows: Row[] = []
  let lineDrawn = newAfter === null
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1]
    const startsDay = !before || daysAgo(message.createdAt, new Date(before.createdAt)) !== 0
    const line = !lineDrawn && message.seq > (newAfter ?? 0) && message.senderId !== myId && message.type !== 'system'
    // Above the loaded stretch nobody knows whether the line belongs here.
    const startsUnread = line && (Boolean(before) || !hasOlder || message.seq === (newAfter ?? 0) + 1)
    lineDrawn ||= line
    const startsGroup = startsDay || line || !together(before, message)
    const previous = rows.at(-1)
    if (startsGroup && previous) previous.endsGroup = true
    rows.push({ message, startsDay, startsUnread, startsGroup, endsGroup: index === messages.length - 1 })
  }
  return rows
}

function together(a: Message | undefined, b: Message): boolean {
  return (
    a !== undefined &&
    a.senderId === b.senderId &&
    a.type !== 'system' &&
    Date.parse(b.createdAt) - Date.parse(a.createdAt) < GROUP_MS
  )
}
