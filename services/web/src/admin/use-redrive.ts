import type { Redriven } from '@parley/contracts'
import { useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { redrivenText } from '../text/undelivered.ts'

interface Redrive<T> {
  busy: boolean
  /** What came of it last. */
  said: string
  failure: string | null
  redrive(which: T): Promise<void>
}

/** Has what went aside tried again: one call takes so many, and is repeated until it is all. `onDone` is called however that ended. */
export function useRedrive<T>(call: (which: T) => Promise<Redriven>, onDone: () => void): Redrive<T> {
  const [state, setState] = useState({ busy: false, said: '', failure: null as string | null })
  const redrive = async (which: T) => {
    setState({ busy: true, said: '', failure: null })
    let redriven = 0
    let failure: string | null = null
    try {
      for (let hasMore = true; hasMore; ) {
        const part = await call(which)
        redriven += part.redriven
        hasMore = part.hasMore && part.redriven > 0
      }
    } catch (err) {
      failure = toRequestFailure(err).message
    }
    setState({ busy: false, said: failure && redriven === 0 ? '' : redrivenText(redriven), failure })
    onDone()
  }
  return { ...state, redrive }
}
