import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { firstUnseen, skipsUnread } from '../chat/opening.ts'
import { useChat, useSource } from './chat-context.ts'

interface Content {
  conversationId: string
  /** Seq of the first and last message on the page. */
  first: number | undefined
  last: number | undefined
  /** How many unsent ones there are. */
  pending: number
  /** It is known what belongs here, and where "new messages" begins. */
  ready: boolean
  /** History continues below. */
  hasNewer: boolean
  /** Where "new messages" begins. */
  newAfter: number | null | undefined
  /** The message to begin with, where there is one. */
  about: number | null
  loadOlder(): void
  loadNewer(): void
}

/** Less than any message: whoever is so near to the end sees all of it. */
const NEAR_END_PX = 24
const NEAR_EDGE_PX = 250
/** A message may be cut by so much and has been seen all the same. */
const CUT_PX = 6
/** What stands above the place where one begins to read. */
const ABOVE_PX = 56
const MESSAGES = '[data-seq]'
const LINE = '[data-new-messages]'

/**
 * Where the reader is. It begins at the first unread message; keeps the end in view for somebody who is at the end, but
 * never lets what is new run out at the top unseen; keeps everything else in place, whatever is put above or below it; and
 * says which messages have been on the screen. Browsers' own scroll anchoring is switched off in the style sheet, since not
 * every browser has it.
 */
export function useScrollKeeping(content: Content) {
  const { conversationId, first, last, pending, ready, hasNewer, newAfter, about } = content
  const { store } = useSource()
  const attentive = useChat((state) => state.attentive)
  const ref = useRef<HTMLDivElement>(null)
  const contentRef = useRef<HTMLDivElement>(null)
  const now = useRef(content)
  now.current = content
  const place = useRef<Place>({
    at: null,
    following: false,
    wantsEnd: false,
    jumped: false,
    height: 0,
    anchor: null,
    before: null,
  })
  const [atEnd, setAtEnd] = useState(true)

  const follow = useCallback(
    (following: boolean) => {
      place.current.following = following
      setAtEnd(following)
      store.dispatch({ type: 'following_changed', following })
    },
    [store],
  )

  /** What is on the screen has been read, as long as somebody looks at it. */
  const report = useCallback(() => {
    const element = ref.current
    const { attentive, seen } = store.getState()
    if (!element || !attentive || !place.current.at || document.querySelector('dialog[open]')) return
    if (element.clientHeight === 0 || (now.current.last ?? 0) <= (seen[conversationId] ?? 0)) return
    if (!place.current.jumped && skipsUnread(store.getState(), conversationId)) return
    place.current.jumped = false
    const bottom = element.getBoundingClientRect().bottom + (place.current.following ? NEAR_END_PX : CUT_PX)
    const shown = lastWhere(messagesIn(element), (message) => message.getBoundingClientRect().bottom <= bottom)
    if (shown) store.dispatch({ type: 'messages_seen', conversationId, seq: seqOf(shown) })
  }, [store, conversationId])

  /** After every movement: who is at the end follows it, and everybody else stays where they are. */
  const settle = useCallback(() => {
    const element = ref.current
    if (!element) return
    follow(!now.current.hasNewer && distanceToEnd(element) < NEAR_END_PX)
    place.current.height = element.clientHeight
    const top = element.getBoundingClientRect().top
    const above = lastWhere(messagesIn(element), (message) => message.getBoundingClientRect().top <= top)
    const anchor = above ?? messagesIn(element)[0]
    place.current.anchor = anchor ? { seq: seqOf(anchor), top: anchor.getBoundingClientRect().top - top } : null
    report()
  }, [follow, report])

  /** As far down as what has not been seen stays on the screen. */
  const followEnd = useCallback(() => {
    const element = ref.current
    if (!element) return
    element.scrollTop = element.scrollHeight
    const unseen = firstUnseen(store.getState(), conversationId)
    const message = unseen && element.querySelector(`[data-seq="${unseen.seq}"]`)
    if (!message) return
    const over = element.getBoundingClientRect().top + ABOVE_PX - message.getBoundingClientRect().top
    if (over > 0) element.scrollTop -= over
  }, [store, conversationId])

  const keepAnchor = useCallback(() => {
    const element = ref.current
    const { anchor } = place.current
    if (!element || !anchor) return
    const message = element.querySelector(`[data-seq="${anchor.seq}"]`)
    if (!message) return
    element.scrollTop += message.getBoundingClientRect().top - element.getBoundingClientRect().top - anchor.top
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown has changed
  useLayoutEffect(() => {
    const element = ref.current
    const { before, following, anchor } = place.current
    if (!element || !ready) return
    const wrote = before !== null && pending > before
    const isElsewhere = anchor !== null && !element.querySelector(`[data-seq="${anchor.seq}"]`)
    if (place.current.wantsEnd && !hasNewer) {
      place.current.wantsEnd = false
      place.current.jumped = true
      element.scrollTop = element.scrollHeight
    } else if (place.current.at !== conversationId || isElsewhere) {
      place.current.at = conversationId
      const line = element.querySelector(about === null ? LINE : `[data-seq="${about}"]`)
      if (line) toTop(element, line)
      // Nearly at the end is at the end.
      if (!line || distanceToEnd(element) < NEAR_END_PX) followEnd()
    } else if (wrote && !hasNewer) element.scrollTop = element.scrollHeight
    else if (following) followEnd()
    else keepAnchor()
    place.current.before = pending
    settle()
    if (now.current.hasNewer && distanceToEnd(element) < NEAR_EDGE_PX) now.current.loadNewer()
  }, [conversationId, first, last, pending, ready, hasNewer, newAfter])

  // A phone's keyboard or a growing composer change the height of the view; an edit or a failure that of the content.
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      if (!place.current.at) return
      if (place.current.following) followEnd()
      else keepAnchor()
      settle()
    })
    observer.observe(element)
    if (contentRef.current) observer.observe(contentRef.current)
    return () => observer.disconnect()
  }, [followEnd, keepAnchor, settle])

  // Somebody looks again; or a dialog that was in front has given the focus back.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attentive` is what has changed
  useEffect(() => {
    report()
    document.addEventListener('focusin', report)
    return () => document.removeEventListener('focusin', report)
  }, [attentive, report])

  const onScroll = useCallback(() => {
    const element = ref.current
    if (!element || !place.current.at) return
    // Moved by a composer that grew or shrank, and not by a person.
    if (place.current.following && element.clientHeight !== place.current.height) followEnd()
    settle()
    if (element.scrollTop < NEAR_EDGE_PX) now.current.loadOlder()
    if (now.current.hasNewer && distanceToEnd(element) < NEAR_EDGE_PX) now.current.loadNewer()
  }, [followEnd, settle])

  /** Down to what is new, and from there to the end. False: the end is not loaded, and gone to when it is. */
  const goDown = useCallback((): boolean => {
    const element = ref.current
    if (!element) return true
    element.focus({ preventScroll: true })
    const line = element.querySelector(LINE)
    const box = element.getBoundingClientRect()
    if (line && line.getBoundingClientRect().top > box.bottom) {
      toTop(element, line)
      return true
    }
    if (now.current.hasNewer) {
      place.current.wantsEnd = true
      return false
    }
    element.scrollTop = element.scrollHeight
    return true
  }, [])

  return { ref, contentRef, onScroll, atEnd, goDown }
}

interface Place {
  /** Of which conversation a place has been found. */
  at: string | null
  following: boolean
  /** Where to go when the end has been loaded. */
  wantsEnd: boolean
  /** Somebody has just gone to the end, over what is unread. */
  jumped: boolean
  /** How high the view was. */
  height: number
  /** The message at the top of the view, and where it stands. */
  anchor: { seq: number; top: number } | null
  /** How many unsent ones there were. */
  before: number | null
}

/** With a little of what stands above. */
function toTop(element: HTMLElement, item: Element): void {
  element.scrollTop += item.getBoundingClientRect().top - element.getBoundingClientRect().top - ABOVE_PX
}

const distanceToEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) =>
  scrollHeight - scrollTop - clientHeight
const messagesIn = (element: HTMLElement) => [...element.querySelectorAll<HTMLElement>(MESSAGES)]
const seqOf = (message: HTMLElement) => Number(message.dataset.seq)

/** The last of those for which it holds; it holds for all before it. */
function lastWhere<T>(ordered: readonly T[], holds: (item: T) => boolean): T | undefined {
  let [from, to] = [0, ordered.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (holds(ordered[middle]!)) from = middle + 1
    else to = middle
  }
  return ordered[from - 1]
}
