import { ParleyError, type UploadPurpose } from '@parley/contracts'
import { type AttachmentRules, isAllowedBy, largestOf, limitOf } from './may-upload.ts'

/** Of an upload that is only announced: what its sender says of it would be refused. What it is in truth is looked at when it has come. */
export function refuseUnfit(
  rules: AttachmentRules,
  { purpose, size, mime }: { purpose: UploadPurpose; size: number; mime: string | undefined },
): void {
  const isPicture = purpose !== 'message'
  if (mime !== undefined && !(isPicture ? mime.startsWith('image/') : isAllowedBy(rules, mime)))
    throw new ParleyError('unsupported_media_type', `Files of type ${mime} may not be attached`)
  const most = isPicture ? rules.maxBytes : mime === undefined ? largestOf(rules) : limitOf(rules, mime)
  if (size > most) throw new ParleyError('payload_too_large', `A file may have ${most} bytes at most`)
}

/** Whether the same bytes would be refused again, whatever is done: they need not be kept. */
export const isFinal = (err: unknown): boolean =>
  err instanceof ParleyError && ['unsupported_media_type', 'unreadable_file', 'payload_too_large'].includes(err.code)

/** Without parameters; what says nothing is nothing. */
export function plainType(mime: string | null | undefined): string | undefined {
  const plain = mime?.split(';')[0]?.trim().toLowerCase()
  return plain === undefined || plain === '' || plain === 'application/octet-stream' ? undefined : plain
}
