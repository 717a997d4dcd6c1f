import { useCallback, useEffect, useState } from 'react'
import { useChat, useSession } from './chat-context.ts'
import { hashOf, isDeep, type Place, placeIn } from './place.ts'
import { isOverlayEntry } from './use-overlay.ts'

const placeInAddress = () => placeIn(location.hash)

/** The address says what is open, so that "back" on a phone and a reload do what people expect. */
export function usePlace(): [Place, (place: Place) => void] {
  const session = useSession()
  const openId = useChat((state) => state.openId)
  const [place, setPlace] = useState(placeInAddress)

  useEffect(() => {
    const follow = () => {
      const next = placeInAddress()
      setPlace(next)
      session.open(next.view === 'chat' ? next.conversationId : null)
    }
    follow()
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }, [session])

  const go = useCallback(
    (next: Place) => {
      const before = placeInAddress()
      if (hashOf(next) === hashOf(before)) return
      const path = `${location.pathname}${location.search}${hashOf(next)}`
      // From one conversation to the next, "back" still leads to the list.
      if (isOverlayEntry() || (next.view === before.view && isDeep(next) && isDeep(before)))
        history.replaceState(null, '', path)
      else history.pushState(null, '', path)
      setPlace(next)
      session.open(next.view === 'chat' ? next.conversationId : null)
    },
    [session],
  )

  // Closed by what happened, not by a person: they are no longer in it.
  useEffect(() => {
    if (openId !== null || place.view !== 'chat' || place.conversationId === null) return
    if (session.store.getState().openId !== null) return
    history.replaceState(null, '', `${location.pathname}${location.search}`)
    setPlace({ view: 'chat', conversationId: null })
  }, [openId, place, session])

  return [place, go]
}
