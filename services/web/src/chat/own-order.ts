import type { HeldConversation } from './chat-state.ts'

/**
 * Whether what came with that cursor was read before the reader's own state that is held. Answers overtake each other, and nothing
 * in the state itself tells an older one from what has been taken back since; the cursor does: (epoch, seq, rev, private counter),
 * where the last counts what the reader has done. Only this page, which comes from the server that made it, may read it; what it
 * cannot read counts as newer.
 */
export function isBefore(cursor: string | null, { cursor: first, ownCursor = first }: HeldConversation): boolean {
  if (cursor === ownCursor) return false
  const [theirs, ours] = [placeIn(cursor), placeIn(ownCursor)]
  if (!theirs || !ours) return false
  return theirs.epoch === ours.epoch ? theirs.counter < ours.counter : theirs.epoch < ours.epoch
}

/** Whether what came with that cursor is of a database that was restored from a backup since what is held was read. */
export function isRestoredSince(cursor: string | null, held: HeldConversation): boolean {
  const [theirs, ours] = [placeIn(cursor), placeIn(held.cursor)]
  return theirs !== null && ours !== null && theirs.epoch > ours.epoch
}

function placeIn(cursor: string | null): { epoch: number; counter: number } | null {
  try {
    const fields: unknown = JSON.parse(atob((cursor ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    const [epoch, , , counter] = Array.isArray(fields) ? fields : []
    return Number.isSafeInteger(epoch) && Number.isSafeInteger(counter) ? { epoch, counter } : null
  } catch {
    return null
  }
}
