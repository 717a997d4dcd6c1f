import { type FormEvent, useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'

interface Submit {
  /** It is on its way; it stays so once it is taken, since the form goes then. */
  busy: boolean
  /** Why it was not taken, to be said beside the form. */
  failure: string | null
  submit(event: FormEvent): Promise<void>
}

/** What a form does that is there for one thing: it sends once at a time, and says what went wrong. `send` rejects with `RequestFailure`. */
export function useSubmit({ isGood, send }: { isGood: boolean; send: () => Promise<void> }): Submit {
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!isGood || busy) return
    setBusy(true)
    setFailure(null)
    try {
      await send()
    } catch (err) {
      setFailure(toRequestFailure(err).message)
      setBusy(false)
    }
  }
  return { busy, failure, submit }
}
