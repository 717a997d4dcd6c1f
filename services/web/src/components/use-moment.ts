import { useEffect, useState } from 'react'

/** The longest that a browser's timer waits. */
const MAX_MS = 2 ** 31 - 1

/** Renders again when the moment has come. */
export function useMoment(iso: string | null): void {
  const [, again] = useState(0)
  useEffect(() => {
    const ms = iso ? Date.parse(iso) - Date.now() : 0
    if (ms <= 0 || ms > MAX_MS) return
    const timer = setTimeout(() => again((count) => count + 1), ms + 50)
    return () => clearTimeout(timer)
  }, [iso])
}
