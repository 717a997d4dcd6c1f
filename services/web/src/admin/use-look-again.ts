import { useEffect } from 'react'
import type { Pages } from '../components/use-pages.ts'

/** What is on its way is looked at again after so long. */
export const LOOK_AGAIN_MS = 2_000

/** Looks again at a list of which only the first page is shown, while something in it is soon to be another. */
export function useLookAgain<T>(
  { items, status, reload }: Pages<T>,
  { page, isSoonDone }: { page: number; isSoonDone: (item: T) => boolean },
): void {
  const isWaitedFor = status === 'ready' && items.length <= page && items.some(isSoonDone)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer is waited on anew
  useEffect(() => {
    if (!isWaitedFor) return
    const timer = setTimeout(reload, LOOK_AGAIN_MS)
    return () => clearTimeout(timer)
  }, [isWaitedFor, items])
}
