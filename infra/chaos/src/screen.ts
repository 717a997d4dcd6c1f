import type { Message } from '@parley/contracts'
import type { Shown } from './model.ts'

/** What one device shows of a conversation. */
export interface Screen {
  /** From the last sync, and how many messages the conversation had then. */
  cursor: string | null
  cursorSeq: number
  has(id: string): boolean
  /** Appends a message, or replaces it by a newer state; false when that changes nothing. */
  put(message: Shown): boolean
  /** After a sync, whose messages may belong before those that were appended. */
  sort(): void
  list(): Shown[]
}

export function createScreen(): Screen {
  let messages = new Map<string, Shown>()
  return {
    cursor: null,
    cursorSeq: 0,
    has: (id) => messages.has(id),
    put(message) {
      const present = messages.get(message.id)
      if (present && present.rev >= message.rev) return false
      messages.set(message.id, message)
      return true
    },
    sort() {
      messages = new Map([...messages].sort(([, a], [, b]) => a.seq - b.seq))
    },
    list: () => [...messages.values()],
  }
}

export function toShown(message: Message): Shown {
  const { id, seq, rev, senderId, content, editedAt, deletedAt, createdAt } = message
  const isDeleted = deletedAt !== null
  return { id, seq, rev, senderId, content, isEdited: editedAt !== null, isDeleted, createdAt: Date.parse(createdAt) }
}
