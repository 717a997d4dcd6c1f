import type { Message } from '@parley/contracts'
import type { Timeline } from '../chat/timeline.ts'
import { daysAgo } from './dates.ts'

/** What the message list draws, in order. */
export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'unread'; key: string }
  | { kind: 'message'; key: string; message: Message; startsGroup: boolean; endsGroup: boolean }

const GROUP_MS = 5 * 60_000

/** Puts days and the "new messages" line between messages, and groups what one person wrote in one go. */
export function conversationRows(
  { messages, hasOlder }: Pick<Timeline, 'messages' | 'hasOlder'>,
  newAfter: number | null,
  myId: string | undefined,
) {
  const rows: Row[] = []
  let lineDrawn = newAfter === null
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1]
    const newDay = !before || daysAgo(message.createdAt, new Date(before.createdAt)) !== 0
    if (newDay) rows.push({ kind: 'day', key: `day-${message.seq}`, at: message.createdAt })
    const line = !lineDrawn && message.seq > (newAfter ?? 0) && message.senderId !== myId && message.type !== 'system'
    // Above the loaded stretch nobody knows whether the line belongs here.
    if (line && (before || !hasOlder || message.seq === (newAfter ?? 0) + 1))
      rows.push({ kind: 'unread', key: 'unread' })
    lineDrawn ||= line
    const startsGroup = newDay || line || !together(before, message)
    const previous = rows.findLast((row) => row.kind === 'message')
    if (startsGroup && previous) previous.endsGroup = true
    rows.push({ kind: 'message', key: message.id, message, startsGroup, endsGroup: index === messages.length - 1 })
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
