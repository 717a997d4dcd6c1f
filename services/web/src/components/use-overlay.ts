import { useEffect, useRef } from 'react'

/** What lies over the page, from the lowest up. */
const overlays: { close(): void }[] = []

/** Browsers go back in their own time; until then the old entry is the present one. */
let goingBack = false
const STEP_MS = 10
const MAX_WAIT_MS = 1000

/** Each overlay has an entry in the browser's history, with the number of them that are open there. */
const entered = (): number => (history.state as { overlays?: number } | null)?.overlays ?? 0

/** Whether the present entry is an overlay's: what is opened from there takes its place, and "back" does not lead to it. */
export const isOverlayEntry = (): boolean => entered() > 0

/** Goes back over the entries of what has been closed by other means, or did not survive a reload. */
function settle(): void {
  if (goingBack || entered() <= overlays.length) return
  goingBack = true
  history.go(overlays.length - entered())
}

/** Resolves when nothing lies over the page and its entry is the present one again: for what takes the page away. */
export async function allClosed(): Promise<void> {
  for (let waited = 0; waited < MAX_WAIT_MS && isOverlayEntry(); waited += STEP_MS)
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
}

function follow(): void {
  goingBack = false
  while (overlays.length > entered()) overlays.pop()?.close()
  settle()
}

/** "Back", on a phone a gesture, closes what lies over the page and nothing else. */
export function useOverlay(onClose: () => void): void {
  const close = useRef(onClose)
  close.current = onClose
  useEffect(() => {
    const overlay = { close: () => close.current() }
    overlays.push(overlay)
    history.pushState({ overlays: overlays.length }, '')
    return () => {
      const index = overlays.indexOf(overlay)
      if (index >= 0) overlays.splice(index, 1)
      // Not at once: what was chosen in it may lead somewhere, and then takes the entry.
      setTimeout(settle)
    }
  }, [])
}

/** Begins to hear of "back". Returns what ends it. */
export function followBack(): () => void {
  settle()
  window.addEventListener('popstate', follow)
  return () => window.removeEventListener('popstate', follow)
}
