import { useEffect, useState } from 'react'

/** Renders again every minute, where there is something to be said of how long ago it was. */
export function useMinutes(needed: boolean): void {
  const [, again] = useState(0)
  useEffect(() => {
    if (!needed) return
    const timer = setInterval(() => again((count) => count + 1), 60_000)
    return () => clearInterval(timer)
  }, [needed])
}
