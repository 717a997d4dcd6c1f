import { type KeyboardEvent, useEffect, useRef } from 'react'
import { belongsToInputMethod } from '../text/keys.ts'
import type { Candidate, People } from './use-people.ts'

/**
 * Enter in a search means the one person who is found, also when it was pressed before the answer came; it never means
 * somebody whom nobody has seen. Returns the field's handler.
 */
export function useChooseOnly(
  typed: string,
  { status }: People,
  candidates: readonly Candidate[],
  choose: (person: Candidate) => void,
): (event: KeyboardEvent) => void {
  const waiting = useRef<string | null>(null)
  const chooseOnly = () => {
    const [only, ...others] = candidates
    if (status === 'found' && only && others.length === 0) choose(only)
  }
  useEffect(() => {
    if (status === 'searching' || waiting.current === null) return
    const isSame = waiting.current === typed
    waiting.current = null
    if (isSame) chooseOnly()
  })
  return (event) => {
    if (event.key !== 'Enter' || !typed.trim() || belongsToInputMethod(event.nativeEvent)) return
    event.preventDefault()
    if (status === 'searching') waiting.current = typed
    else chooseOnly()
  }
}
