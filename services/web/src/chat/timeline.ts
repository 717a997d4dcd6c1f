import type { Message } from '@parley/contracts'

/** The loaded stretch of one conversation's history: ascending by seq, each seq once. */
export interface Timeline {
  messages: readonly Message[]
  /** History continues above the first message. */
  hasOlder: boolean
  /**
   * A stretch somewhere in the history: it goes on below the last message. What arrives live is not put behind it, since
   * there would be a hole.
   */
  partial: boolean
  status: 'loading' | 'ready' | 'failed'
  loadingOlder: boolean
  loadingNewer: boolean
  detail: string | null
}

export const emptyTimeline: Timeline = {
  messages: [],
  hasOlder: false,
  partial: false,
  status: 'loading',
  loadingOlder: false,
  loadingNewer: false,
  detail: null,
}

/** Whether whoever has read up to `seq` finds the first message after it loaded. */
export function reachesBackTo(timeline: Timeline, seq: number): boolean {
  const first = timeline.messages[0]
  return !timeline.hasOlder || (first !== undefined && first.seq <= seq + 1)
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
 * Messages that came live or with sync. Behind a stretch they are left out, to come with their page, unless they are what
 * follows it. `lastSeq` is what the conversation ended with before they came.
 */
export function append(timeline: Timeline, incoming: readonly Message[], lastSeq: number): Timeline {
  const first = incoming[0]
  if (!first) return timeline
  const end = timeline.messages.at(-1)?.seq ?? 0
  if (timeline.partial && first.seq > end + 1)
    return { ...timeline, messages: applyUpdates(timeline.messages, incoming) }
  const messages = mergeMessages(timeline.messages, incoming)
  return { ...timeline, messages, partial: timeline.partial && endsBefore(messages, lastSeq) }
}

/**
 * Makes a page the whole timeline. What arrived live while the page was on its way is newer than the page and stays, as
 * far as nothing lies between. `lastSeq`: where the conversation ends; `upTo`: as far as nothing follows the page, since its
 * reader has deleted what did.
 */
export function replaceWithPage(
  timeline: Timeline,
  page: readonly Message[],
  { hasOlder, lastSeq, upTo = 0 }: { hasOlder: boolean; lastSeq: number; upTo?: number | undefined },
): Timeline {
  const pageStart = page[0]?.seq ?? 0
  const newer = timeline.messages.filter((message) => message.seq >= pageStart)
  const messages = untilHole(mergeMessages(page, newer), Math.max(endOf(page), upTo))
  return { ...emptyTimeline, messages, hasOlder, partial: endsBefore(messages, lastSeq, upTo), status: 'ready' }
}

export function prependPage(timeline: Timeline, page: readonly Message[], hasOlder: boolean): Timeline {
  return { ...timeline, messages: mergeMessages(timeline.messages, page), hasOlder, loadingOlder: false }
}

/** `lastSeq` and `upTo` likewise. */
export function appendPage(timeline: Timeline, page: readonly Message[], lastSeq: number, upTo = 0): Timeline {
  const messages = mergeMessages(timeline.messages, page)
  return { ...timeline, messages, partial: endsBefore(messages, lastSeq, upTo), loadingNewer: false }
}

/** A conversation that is no longer open keeps only its end, so that a long day does not fill the memory. */
export function trimTimeline(timeline: Timeline, keep: number): Timeline {
  if (timeline.messages.length <= keep) return timeline
  return { ...timeline, messages: timeline.messages.slice(-keep), hasOlder: true }
}

function endOf(messages: readonly Message[]): number {
  return messages.at(-1)?.seq ?? 0
}

/** Whoever has just been let in sees nothing of what was before. */
function endsBefore(messages: readonly Message[], lastSeq: number, upTo = 0): boolean {
  return messages.length > 0 && Math.max(endOf(messages), upTo) < lastSeq
}

/** Everything up to `sure`, and what follows it one by one. */
function untilHole(messages: readonly Message[], sure: number): readonly Message[] {
  let end = sure
  for (const { seq } of messages) if (seq === end + 1) end = seq
  return messages.filter(({ seq }) => seq <= end)
}
