import { useEffect } from 'react'
import { useSession } from './chat-context.ts'

/** Tells the store whether somebody is looking: only then is what arrives read. */
export function useAttention(): void {
  const { store } = useSession()
  useEffect(() => {
    const look = () =>
      store.dispatch({
        type: 'attention_changed',
        attentive: document.visibilityState === 'visible' && document.hasFocus(),
      })
    look()
    window.addEventListener('focus', look)
    window.addEventListener('blur', look)
    document.addEventListener('visibilitychange', look)
    return () => {
      window.removeEventListener('focus', look)
      window.removeEventListener('blur', look)
      document.removeEventListener('visibilitychange', look)
    }
  }, [store])
}
