import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { FlatIndexLocationWithAlign, VirtuosoHandle } from 'react-virtuoso'
import { firstUnseen, skipsUnread } from '../chat/opening.ts'
import { useChat, useSource } from './chat-context.ts'
import { anchorIn, distanceToEnd, messagesIn, nowhere, type Place, seqOf, topIn } from './list-place.ts'

interface Content {
  conversationId: string
  /** Another number: a list of its own, of another place. */
  generation: number
  /** The index of the first message: it becomes less when older ones come. */
  firstIndex: number
  /** Seq of the last message on the page. */
  last: number | undefined
  /** How many unsent ones there are. */
  pending: number
  /** It is known what belongs here, and where "new messages" begins. */
  ready: boolean
  /** History continues below. */
  hasNewer: boolean
  /** The message that somebody wants to see, where there is one; another object each time. */
  sought: { seq: number } | null
  /** Where a message stands in what the list draws; -1 where it does not. */
  indexOf(seq: number): number
  /** Where a list that is new begins. */
  beginning(): FlatIndexLocationWithAlign
  /** Where "new messages" begins, likewise. */
  lineIndex: number
  loadOlder(): void
  loadNewer(): void
  loadLatest(): Promise<void>
}

/** Less than any message: whoever is so near to the end sees all of it. */
const NEAR_END_PX = 24
const NEAR_EDGE_PX = 400
/** A message may be cut by so much and has been seen all the same. */
const CUT_PX = 6
/** What comes above has been measured when nothing has moved for so many frames: slow machines have slow ones. */
const STILL_FRAMES = 40
/** No longer than this is anything held. */
const HOLD_MS = 5000
/** No list is longer on its way to its place. */
const STUCK_MS = 1500
/** How long a list takes at most to be in its place. */
const REACHED_MS = 3000
/** What stands above the place where one begins to read. */
export const ABOVE_PX = 56
const LINE = '[data-new-messages]'
const ITEMS = '[data-testid="virtuoso-item-list"]'

/**
 * Where the reader is in a virtual list, which itself keeps in place what is on the screen. It begins at the first unread
 * message; keeps the end in view for somebody who is at the end, but never lets what is new run out at the top unseen; and
 * says which messages have been on the screen.
 */
export function useScrollKeeping(list: RefObject<VirtuosoHandle | null>, content: Content) {
  const { conversationId, generation, firstIndex, last, pending, ready, hasNewer, sought } = content
  const { store } = useSource()
  const attentive = useChat((state) => state.attentive)
  const [element, setElement] = useState<HTMLElement | null>(null)
  const now = useRef(content)
  now.current = content
  const place = useRef<Place>({ ...nowhere })
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
    const { attentive, seen } = store.getState()
    if (!element || !attentive || place.current.at !== now.current.generation || document.querySelector('dialog[open]'))
      return
    if (element.clientHeight === 0 || (now.current.last ?? 0) <= (seen[conversationId] ?? 0)) return
    if (!place.current.jumped && skipsUnread(store.getState(), conversationId)) return
    place.current.jumped = false
    const { top, bottom } = element.getBoundingClientRect()
    const end = bottom + (place.current.following ? NEAR_END_PX : CUT_PX)
    const shown = messagesIn(element).findLast((message) => {
      const box = message.getBoundingClientRect()
      return box.bottom <= end && box.bottom > top
    })
    if (shown) store.dispatch({ type: 'messages_seen', conversationId, seq: seqOf(shown) })
  }, [store, conversationId, element])

  /** After every movement: who is at the end follows it. */
  const settle = useCallback(() => {
    if (!element || place.current.at !== now.current.generation) return
    follow(!now.current.hasNewer && distanceToEnd(element) < NEAR_END_PX)
    place.current.height = element.clientHeight
    place.current.top = element.scrollTop
    if (performance.now() > place.current.holding) place.current.anchor = anchorIn(element)
    report()
  }, [follow, report, element])

  /** As far down as what has not been seen stays on the screen. */
  const followEnd = useCallback(() => {
    if (!element) return
    const unseen = firstUnseen(store.getState(), conversationId)
    element.scrollTop = element.scrollHeight
    if (!unseen) return
    const message = element.querySelector(`[data-seq="${unseen.seq}"]`)
    const index = now.current.indexOf(unseen.seq)
    if (!message && index >= 0) list.current?.scrollToIndex({ index, align: 'start', offset: -ABOVE_PX })
    if (!message) return
    const over = element.getBoundingClientRect().top + ABOVE_PX - message.getBoundingClientRect().top
    if (over > 0) element.scrollTop -= over
  }, [store, conversationId, element, list])

  // Another list: it is in its place as soon as the library shows it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list stands in the same element
  useEffect(() => {
    place.current.at = null
    if (!element || !ready) return
    let over = false
    const began = performance.now()
    const look = () => {
      if (over) return
      const shown = element.querySelector('[data-testid="message"]')?.checkVisibility({ visibilityProperty: true })
      if (!shown) {
        if (performance.now() - began < STUCK_MS) return void requestAnimationFrame(look)
        // What came meanwhile has kept the library from its place, and it would stay hidden.
        element.querySelector<HTMLElement>(ITEMS)?.style.setProperty('visibility', 'visible', 'important')
        list.current?.scrollToIndex(now.current.beginning())
      }
      place.current.at = generation
      if (place.current.wantsEnd && !now.current.hasNewer) {
        place.current.wantsEnd = false
        place.current.jumped = true
      }
      // Nearly at the end is at the end.
      else if (!now.current.hasNewer && distanceToEnd(element) < NEAR_END_PX) followEnd()
      settle()
      // Who has scrolled before that has not been heard.
      if (now.current.hasNewer && distanceToEnd(element) < NEAR_EDGE_PX) now.current.loadNewer()
    }
    look()
    return () => {
      over = true
    }
  }, [element, generation, ready])

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown has changed
  useLayoutEffect(() => {
    const { before, following } = place.current
    place.current.before = pending
    if (!element || !ready || place.current.at !== now.current.generation) return
    if (place.current.wantsEnd && !hasNewer) {
      place.current.jumped = true
      list.current?.scrollToIndex({ index: 'LAST', align: 'end' })
    } else if (pending > before && !hasNewer) {
      place.current.holding = 0
      list.current?.scrollToIndex({ index: 'LAST', align: 'end' })
    } else if (following) followEnd()
    settle()
    if (hasNewer && distanceToEnd(element) < NEAR_EDGE_PX) now.current.loadNewer()
  }, [element, generation, last, pending, ready, hasNewer])

  // Older ones have come above: what is on the screen is held where it was until all of them have their heights.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another first index is what has changed
  useLayoutEffect(() => {
    const { anchor, at } = place.current
    if (!element || !anchor || at !== generation || place.current.following) return
    place.current.holding = performance.now() + HOLD_MS
    const { holding } = place.current
    let still = 0
    const hold = () => {
      // somebody has scrolled by hand, or the next ones have come
      if (place.current.holding !== holding || place.current.at !== now.current.generation) return
      const message = element.querySelector(`[data-seq="${anchor.seq}"]`)
      if (message) {
        const moved = topIn(element, message) - anchor.top
        still = Math.abs(moved) > 1 ? 0 : still + 1
        if (still === 0) element.scrollTop += moved
      } else {
        // What came above has taken it so far away that it is not drawn.
        const index = now.current.indexOf(anchor.seq)
        if (index < 0) {
          place.current.holding = 0
          return
        }
        still = 0
        list.current?.scrollToIndex({ index, align: 'start', offset: -anchor.top })
      }
      if (still < STILL_FRAMES && performance.now() < holding) requestAnimationFrame(hold)
      else place.current.holding = 0
    }
    requestAnimationFrame(hold)
  }, [firstIndex])

  // biome-ignore lint/correctness/useExhaustiveDependencies: to be gone to once
  useEffect(() => {
    const index = sought ? now.current.indexOf(sought.seq) : -1
    if (index < 0 || place.current.at !== now.current.generation) return
    follow(false)
    place.current.holding = 0
    list.current?.scrollToIndex({ index, align: 'center' })
  }, [sought])

  // A phone's keyboard or a growing composer change the height of the view; an edit or a failure that of the content.
  useEffect(() => {
    if (!element) return
    const observer = new ResizeObserver(() => {
      if (place.current.at !== now.current.generation) return
      if (place.current.following) followEnd()
      settle()
    })
    observer.observe(element)
    for (const child of element.children) observer.observe(child)
    const inner = element.querySelector(ITEMS)
    if (inner) observer.observe(inner)
    return () => observer.disconnect()
  }, [element, followEnd, settle])

  // Somebody looks again; or a dialog that was in front has given the focus back.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attentive` is what has changed
  useEffect(() => {
    report()
    document.addEventListener('focusin', report)
    return () => document.removeEventListener('focusin', report)
  }, [attentive, report])

  useEffect(() => {
    const onScroll = () => {
      if (!element || place.current.at !== now.current.generation) return
      const { following, height, top } = place.current
      // Moved by a composer or by what is new: from the end, a person moves upwards.
      if (following && (element.clientHeight !== height || element.scrollTop >= top)) followEnd()
      settle()
      if (element.scrollTop < NEAR_EDGE_PX) now.current.loadOlder()
      if (now.current.hasNewer && distanceToEnd(element) < NEAR_EDGE_PX) now.current.loadNewer()
    }
    // Who scrolls by hand does not want to be taken anywhere.
    const onHand = () => {
      place.current.wantsEnd = false
      place.current.holding = 0
    }
    element?.addEventListener('scroll', onScroll, { passive: true })
    element?.addEventListener('wheel', onHand, { passive: true })
    element?.addEventListener('touchmove', onHand, { passive: true })
    // the keys that scroll, and the scroll bar
    element?.addEventListener('keydown', onHand)
    element?.addEventListener('pointerdown', onHand)
    return () => {
      element?.removeEventListener('scroll', onScroll)
      element?.removeEventListener('wheel', onHand)
      element?.removeEventListener('touchmove', onHand)
      element?.removeEventListener('keydown', onHand)
      element?.removeEventListener('pointerdown', onHand)
    }
  }, [element, followEnd, settle])

  /** Down to what is new, and from there to the end, which is loaded where it is not. */
  const goDown = useCallback(() => {
    if (!element) return
    place.current.holding = 0
    const { lineIndex, hasNewer } = now.current
    const first = messagesIn(element).find(
      (message) => message.getBoundingClientRect().bottom > element.getBoundingClientRect().top,
    )
    const line = element.querySelector(LINE)
    const isBelow = line
      ? line.getBoundingClientRect().top > element.getBoundingClientRect().bottom
      : lineIndex > now.current.indexOf(first ? seqOf(first) : 0)
    const isUnseen = firstUnseen(store.getState(), conversationId) !== undefined
    if (lineIndex >= 0 && isBelow && isUnseen) {
      list.current?.scrollToIndex({ index: lineIndex, align: 'start', offset: -ABOVE_PX })
      return
    }
    if (!hasNewer) return list.current?.scrollToIndex({ index: 'LAST', align: 'end' })
    place.current.wantsEnd = true
    // Pages that come meanwhile do not change that.
    const reached = () => setTimeout(() => (place.current.wantsEnd = false), REACHED_MS)
    void now.current.loadLatest().finally(reached)
  }, [element, list, store, conversationId])

  const scrollerRef = useCallback((scroller: HTMLElement | Window | null) => {
    setElement(scroller instanceof HTMLElement ? scroller : null)
  }, [])

  return {
    scrollerRef,
    atEnd,
    goDown,
    wantsEnd: () => place.current.wantsEnd,
    focus: () => element?.focus({ preventScroll: true }),
  }
}
