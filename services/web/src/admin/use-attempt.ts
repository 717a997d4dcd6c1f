import { useState } from 'react'
import { useSession } from '../components/chat-context.ts'
import { toRequestFailure } from '../net/request-failure.ts'

/** Does one thing at a press of a button; what goes wrong is said in passing. */
export function useAttempt(): { busy: boolean; attempt(act: () => Promise<void>): Promise<void> } {
  const session = useSession()
  const [busy, setBusy] = useState(false)
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true)
    await act().catch((err) => session.notify(toRequestFailure(err).message))
    setBusy(false)
  }
  return { busy, attempt }
}
