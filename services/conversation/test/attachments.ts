import { randomUUID } from 'node:crypto'
import type { Attachment } from '@parley/contracts'

/** What somebody uploaded, as messages carry it. */
export const attachment = (more: Partial<Attachment> = {}): Attachment => ({
  id: randomUUID(),
  name: 'harbour.png',
  mime: 'image/png',
  size: 1_234,
  kind: 'image',
  width: 640,
  height: 480,
  durationMs: null,
  placeholder: 'YTkGJwaRhWUIt4lbgnhZl3ath2BUBGYA',
  status: 'ready',
  variants: ['thumbnail', 'medium'],
  ...more,
})
