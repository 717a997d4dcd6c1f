import type { Page } from '@parley/contracts'
import { useCallback, useEffect, useRef, useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'

export interface Pages<T> {
  items: readonly T[]
  status: 'loading' | 'ready' | 'failed'
  detail: string | null
  hasMore: boolean
  more(): void
  reload(): void
  /** What has changed here, without asking again. */
  change(alter: (items: readonly T[]) => readonly T[]): void
}

type Held<T> = Pick<Pages<T>, 'items' | 'status' | 'detail'> & { cursor: string | null }

/** A list that comes in pages. It begins anew when `load` is another function, and ignores what an older one answers. */
export function usePages<T>(load: (cursor: string | undefined) => Promise<Page<T>>): Pages<T> {
  const [held, setHeld] = useState<Held<T>>({ items: [], status: 'loading', detail: null, cursor: null })
  const current = useRef(0)

  const fetch = useCallback(
    async (cursor: string | undefined) => {
      const asked = ++current.current
      setHeld((before) => ({ ...before, status: 'loading', detail: null }))
      try {
        const { data, nextCursor } = await load(cursor)
        if (asked !== current.current) return
        setHeld((before) => ({
          items: cursor === undefined ? data : [...before.items, ...data],
          status: 'ready',
          detail: null,
          cursor: nextCursor,
        }))
      } catch (err) {
        if (asked !== current.current) return
        setHeld((before) => ({ ...before, status: 'failed', detail: toRequestFailure(err).message }))
      }
    },
    [load],
  )
  useEffect(() => {
    void fetch(undefined)
    return () => {
      current.current++
    }
  }, [fetch])

  const change = useCallback((alter: (items: readonly T[]) => readonly T[]) => {
    setHeld((before) => {
      const items = alter(before.items)
      return items === before.items ? before : { ...before, items }
    })
  }, [])

  return {
    ...held,
    hasMore: held.cursor !== null,
    more: () => held.cursor !== null && held.status !== 'loading' && void fetch(held.cursor),
    reload: () => void fetch(undefined),
    change,
  }
}
