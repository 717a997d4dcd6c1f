import type { Attachment, VariantName } from '@parley/contracts'
import { useCallback, useEffect, useState } from 'react'
import { useSession } from './chat-context.ts'

interface AttachmentUrl {
  /** Null until it is known. */
  url: string | null
  /** It cannot be had. */
  failed: boolean
  /** What was given does not open: it may have ended. */
  renew(): void
}

const TRIES = 2

/**
 * Where a browser opens an attachment, or a smaller picture of it: from this browser itself where it was sent from here. `wanted` false
 * asks for nothing.
 */
export function useAttachmentUrl(
  { id, status }: Pick<Attachment, 'id' | 'status'>,
  {
    variant,
    wanted = true,
    local = null,
  }: { variant?: VariantName | undefined; wanted?: boolean; local?: string | null } = {},
): AttachmentUrl {
  const { links, uploads } = useSession()
  const here = local ?? uploads.localUrl(id)
  const isWanted = wanted && here === null && status === 'ready'
  const link = { attachmentId: id, ...(variant && { variant }) }
  const [url, setUrl] = useState<string | null>(() => (isWanted ? links.peek(link) : null))
  const [tried, setTried] = useState(0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `link` is made of `id` and `variant`
  useEffect(() => {
    if (!isWanted || tried > TRIES) return
    let over = false
    links.get(link, { anew: tried > 0 }).then(
      (found) => !over && setUrl(found),
      () => !over && setTried(TRIES + 1),
    )
    return () => {
      over = true
    }
  }, [links, id, variant, isWanted, tried])

  const renew = useCallback(() => {
    setUrl(null)
    setTried((before) => before + 1)
  }, [])
  return { url: here ?? url, failed: here === null && tried > TRIES, renew }
}
