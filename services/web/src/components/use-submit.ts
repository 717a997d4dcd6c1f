import { type FormEvent, useState } from 'react'
import { type RequestFailure, toRequestFailure } from '../net/request-failure.ts'

interface Submit {
  /** It is on its way; it stays so once it is taken, since the form goes then. */
  busy: boolean
  /** Why it was not taken, to be said beside the form. */
  failure: string | null
  submit(event: FormEvent): Promise<void>
}

interface SubmitOptions {
  isGood: boolean
  /** Rejects with `RequestFailure`. */
  send(): Promise<void>
  /** What is said of it; its own words where left out. */
  inWords?(failure: RequestFailure): string
}

/** What a form does that is there for one thing: it sends once at a time, and says what went wrong. */
export function useSubmit({ isGood, send, inWords = ({ message }) => message }: SubmitOptions): Submit {
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
      setFailure(inWords(toRequestFailure(err)))
      setBusy(false)
    }
  }
  return { busy, failure, submit }
}
