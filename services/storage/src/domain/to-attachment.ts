import type { Attachment } from '@parley/contracts'
import type { StoredAttachment } from './ports/store.ts'

/** As messages carry it. */
export function toAttachment(stored: StoredAttachment): Attachment {
  const { id, name, mime, size, kind, width, height, durationMs, placeholder, peaks, status, variants } = stored
  return {
    id,
    name,
    mime,
    size,
    kind,
    width,
    height,
    durationMs,
    placeholder,
    ...(peaks && { peaks }),
    status,
    variants: variants.map((variant) => variant.name),
  }
}
