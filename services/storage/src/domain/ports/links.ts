import type { AttachmentLink, VariantName } from '@parley/contracts'

/** What a link opens. */
export interface Linked {
  tenantId: string
  attachmentId: string
  variant: VariantName | undefined
  disposition: 'inline' | 'attachment'
}

/** Addresses that open without a token, for a few minutes. */
export interface Links {
  sign(linked: Linked): AttachmentLink
  /** What it opens, and for how many milliseconds yet; undefined where it is not ours, or has ended. */
  read(token: string): (Linked & { endsInMs: number }) | undefined
}
