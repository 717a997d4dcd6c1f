import type { Message } from '@parley/contracts'

/**
 * A stretch of history as a virtual list counts it: each message keeps its index while others come before or after it, and a
 * stretch of another place is another list.
 */
export interface Stretch {
  /** Another number: nothing of what was shown before is left. */
  generation: number
  /** The index of the first message. */
  firstIndex: number
  messages: readonly Message[]
}

/** More than any conversation has messages, so that there is room before the first. */
const MIDDLE = 100_000_000

export const emptyStretch: Stretch = { generation: 0, firstIndex: MIDDLE, messages: [] }

export function nextStretch(before: Stretch, messages: readonly Message[]): Stretch {
  if (before.messages === messages) return before
  const { generation, firstIndex } = before
  const [first, last] = [messages[0], messages.at(-1)]
  const [firstBefore, lastBefore] = [before.messages[0], before.messages.at(-1)]
  if (!first || !last || !firstBefore || !lastBefore)
    return { generation: generation + 1, firstIndex: MIDDLE, messages }
  if (first.seq > lastBefore.seq + 1 || last.seq < firstBefore.seq - 1)
    return { generation: generation + 1, firstIndex: MIDDLE, messages }
  // Not one that has gone, but another page in place of what was there.
  if (countBefore(before.messages, first.seq) > 1) return { generation: generation + 1, firstIndex: MIDDLE, messages }
  const added = countBefore(messages, firstBefore.seq)
  const removed = countBefore(before.messages, first.seq)
  return { generation, firstIndex: firstIndex - added + removed, messages }
}

function countBefore(messages: readonly Message[], seq: number): number {
  const index = messages.findIndex((message) => message.seq >= seq)
  return index < 0 ? messages.length : index
}
