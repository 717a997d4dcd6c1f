import type { CannedReply } from '@parley/contracts'
import { type KeyboardEvent, useEffect, useId, useState } from 'react'
import { useSession } from './chat-context.ts'
import { stepOf } from './completions.tsx'

/** As many replies as are offered at once. */
const MAX_OFFERED = 8
/** Whoever types on has not asked yet. */
const PAUSE_MS = 120

const none: readonly CannedReply[] = []

/** Offers the replies that somebody has at hand, behind a `/` with which they begin. */
export function useCanned(conversationId: string, text: string, change: (text: string) => void) {
  const id = useId()
  const { canned } = useSession()
  const [found, setFound] = useState<{ query: string; replies: readonly CannedReply[] } | null>(null)
  const [chosen, setChosen] = useState(0)
  const [dismissed, setDismissed] = useState(false)
  const query = /^\/(\S{0,40})$/u.exec(text)?.[1]

  useEffect(() => {
    setChosen(0)
    if (query === undefined) {
      setFound(null)
      setDismissed(false)
      return
    }
    let over = false
    const asking = setTimeout(async () => {
      // What cannot be looked up is not offered: the text is sent as it is.
      const page = await canned.list(conversationId, query, { limit: MAX_OFFERED }).catch(() => null)
      if (!over) setFound({ query, replies: page?.data ?? none })
    }, PAUSE_MS)
    return () => {
      over = true
      clearTimeout(asking)
    }
  }, [canned, conversationId, query])

  const replies = !dismissed && found && found.query === query ? found.replies : none
  const choose = (which: number) => {
    const reply = replies[which]
    if (reply) change(reply.filled ?? reply.text)
  }
  /** True: the key was for the choice. */
  const onKey = (event: KeyboardEvent): boolean => {
    const step = replies.length > 0 ? stepOf(event, chosen, replies.length) : null
    if (step === null) return false
    if (step === 'take') choose(chosen)
    else if (step === 'dismiss') setDismissed(true)
    else setChosen(step)
    event.preventDefault()
    return true
  }
  return { id, replies, chosen, choose, onKey }
}
