import type { Message } from '@parley/contracts'

/** The loaded stretch of one conversation's history: ascending by seq, each seq once. */
export interface Timeline {
  messages: readonly Message[]
  /** History continues above the first message. */
  hasOlder: boolean
  status: 'loading' | 'ready' | 'failed'
  loadingOlder: boolean
  detail: string | null
}

export const emptyTimeline: Timeline = {
  messages: [],
  hasOlder: false,
  status: 'loading',
  loadingOlder: false,
  detail: null,
}

/** Pages, live events, acknowledgements and sync overlap freely; the present state with the highest rev stays. */
export function mergeMessages(known: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  if (incoming.length === 0) return known
  const last = known.at(-1)
  const [only] = incoming
  // The usual case, one message at the end, must not sort the whole history.
  if (incoming.length === 1 && only && (!last || only.seq > last.seq)) return [...known, only]

  const bySeq = new Map(known.map((message) => [message.seq, message]))
  let changed = false
  for (const message of incoming) {
    const held = bySeq.get(message.seq)
    if (held && message.rev <= held.rev) continue
    bySeq.set(message.seq, message)
    changed = true
  }
  return changed ? [...bySeq.values()].sort((a, b) => a.seq - b.seq) : known
}

/** Applies an edit or a deletion to a message that is loaded; one that is not will arrive in its new state with its page. */
export function applyUpdates(known: readonly Message[], updates: readonly Message[]): readonly Message[] {
  const loaded = new Set(known.map((message) => message.seq))
  return mergeMessages(
    known,
    updates.filter((update) => loaded.has(update.seq)),
  )
}

/**
 * Makes the latest page the whole timeline. What arrived live while the page was on its way is newer than the page and
 * stays.
 */
export function replaceWithPage(timeline: Timeline, page: readonly Message[], hasOlder: boolean): Timeline {
  const pageStart = page[0]?.seq ?? 0
  const newer = timeline.messages.filter((message) => message.seq >= pageStart)
  return { messages: mergeMessages(page, newer), hasOlder, status: 'ready', loadingOlder: false, detail: null }
}

export function prependPage(timeline: Timeline, page: readonly Message[], hasOlder: boolean): Timeline {
  return { ...timeline, messages: mergeMessages(timeline.messages, page), hasOlder, loadingOlder: false }
}

/** A conversation that is no longer open keeps only its end, so that a long day does not fill the memory. */
export function trimTimeline(timeline: Timeline, keep: number): Timeline {
  if (timeline.messages.length <= keep) return timeline
  return { ...timeline, messages: timeline.messages.slice(-keep), hasOlder: true }
}
