import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

interface Content {
  /** Seq of the first and last message on the page. */
  first: number | undefined
  last: number | undefined
  /** How many unsent ones stand below. */
  pending: number
  /** The last message is one's own. */
  ownLast: boolean
}

const NEAR_END_PX = 80

/**
 * Keeps the end in view while somebody is at the end, and keeps what is being read in place when older messages are put
 * above it. Browsers' own scroll anchoring is switched off in the style sheet, since not every browser has it.
 */
export function useScrollKeeping({ first, last, pending, ownLast }: Content) {
  const ref = useRef<HTMLDivElement>(null)
  const contentRef = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  const before = useRef<{ first: number | undefined; last: number | undefined; pending: number; height: number }>({
    first: undefined,
    last: undefined,
    pending: 0,
    height: 0,
  })
  const [atEnd, setAtEnd] = useState(true)
  const [newBelow, setNewBelow] = useState(0)

  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    const was = before.current
    const prepended = was.first !== undefined && first !== undefined && first < was.first
    const appended = was.last !== undefined && last !== undefined ? Math.max(last - was.last, 0) : 0
    const wrote = pending > was.pending || (appended > 0 && ownLast)
    if (prepended && !stuck.current) element.scrollTop += element.scrollHeight - was.height
    if (stuck.current || wrote || was.last === undefined) element.scrollTop = element.scrollHeight
    else if (appended > 0) setNewBelow((count) => count + appended)
    before.current = { first, last, pending, height: element.scrollHeight }
  }, [first, last, pending, ownLast])

  // A phone's keyboard or a growing composer change the height of the view; an edit or a failure that of the content.
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      if (stuck.current) element.scrollTop = element.scrollHeight
    })
    observer.observe(element)
    if (contentRef.current) observer.observe(contentRef.current)
    return () => observer.disconnect()
  }, [])

  const onScroll = useCallback(() => {
    const element = ref.current
    if (!element) return
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX
    stuck.current = near
    setAtEnd(near)
    if (near) setNewBelow(0)
  }, [])

  const toEnd = useCallback(() => {
    ref.current?.scrollTo({ top: ref.current.scrollHeight, behavior: 'smooth' })
    ref.current?.focus({ preventScroll: true })
  }, [])

  return { ref, contentRef, onScroll, atEnd, newBelow, toEnd }
}
