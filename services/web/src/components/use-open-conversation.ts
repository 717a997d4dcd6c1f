import { useCallback, useEffect } from 'react'
import { useSession } from './chat-context.ts'

const PREFIX = '#/c/'

function idInAddress(): string | null {
  return location.hash.startsWith(PREFIX) ? decodeURIComponent(location.hash.slice(PREFIX.length)) : null
}

/** The address says which conversation is open, so that "back" on a phone and a reload do what people expect. */
export function useOpenConversation(): (id: string | null) => void {
  const session = useSession()
  useEffect(() => {
    const follow = () => session.open(idInAddress())
    follow()
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }, [session])

  return useCallback(
    (id: string | null) => {
      if (id === idInAddress()) return
      const path = `${location.pathname}${location.search}${id ? PREFIX + encodeURIComponent(id) : ''}`
      // From one conversation to the next, "back" still leads to the list.
      if (id && idInAddress()) history.replaceState(null, '', path)
      else history.pushState(null, '', path)
      session.open(id)
    },
    [session],
  )
}
