import { type KeyboardEvent, type RefObject, useId, useMemo, useState } from 'react'
import { flushSync } from 'react-dom'
import type { HeldConversation } from '../chat/chat-state.ts'
import { mentionable, mentionQuery } from '../text/mentions.ts'
import { personName } from '../text/names.ts'
import { useChat } from './chat-context.ts'
import { stepOf } from './completions.tsx'

/** Completes the name of somebody in the conversation, behind an `@`. */
export function useMentions(
  field: RefObject<HTMLTextAreaElement | null>,
  { participants }: HeldConversation,
  text: string,
  change: (text: string) => void,
) {
  const id = useId()
  const myId = useChat((state) => state.me?.userId)
  const [caret, setCaret] = useState(-1)
  const [chosen, setChosen] = useState(0)
  /** The query that somebody has put away. */
  const [dismissed, setDismissed] = useState<number | null>(null)
  // A text that has been changed from elsewhere may end before the cursor that was seen last.
  const query = useMemo(() => (caret < 0 ? null : mentionQuery(text, Math.min(caret, text.length))), [text, caret])
  const people = useMemo(
    () => (query && query.from !== dismissed ? mentionable(query.words, participants, myId) : []),
    [query, dismissed, participants, myId],
  )
  const index = Math.min(chosen, people.length - 1)

  const track = () => {
    const at = field.current?.selectionStart ?? -1
    setCaret(at)
    setChosen(0)
    // What stands there now is no name: the next one that begins there is another.
    if (!mentionQuery(field.current?.value ?? '', Math.max(at, 0))) setDismissed(null)
  }
  const choose = (which: number) => {
    const person = people[which]
    if (!query || !person) return
    const begun = `${text.slice(0, query.from)}@${personName(person)} `
    // The next key may come before the next frame, and belongs behind the name.
    flushSync(() => {
      change(begun + text.slice(caret).replace(/^ /, ''))
      setCaret(-1)
    })
    field.current?.setSelectionRange(begun.length, begun.length)
  }
  /** True: the key was for the choice. */
  const onKey = (event: KeyboardEvent): boolean => {
    const step = people.length > 0 ? stepOf(event, index, people.length) : null
    if (step === null) return false
    if (step === 'take') choose(index)
    else if (step === 'dismiss') setDismissed(query?.from ?? null)
    else setChosen(step)
    event.preventDefault()
    return true
  }

  return {
    id,
    people,
    chosen: index,
    choose,
    track,
    onKey,
    close: () => setCaret(-1),
  }
}
