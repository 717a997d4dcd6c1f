import type { AttachmentKind, UserPolicy } from '@parley/contracts'
import { numberText } from '../text/dates.ts'
import { sizeText, typesText, typeText } from '../text/files.ts'

export interface UploadRules {
  attachments: UserPolicy['attachments']
  /** The types of messages that may be sent. */
  messageTypes: readonly string[]
}

export const rulesOf = (policy: UserPolicy | null): UploadRules | null =>
  policy && { attachments: policy.attachments, messageTypes: policy.messages.types }

/** Pictures that are shown; drawings with scripts in them, and what browsers cannot read, are files. */
const SHOWN = /^image\/(jpeg|png|gif|webp|avif|heic|heif)$/

/** What it is likely to be to the server, which looks into it. */
export function kindOfType(mime: string): AttachmentKind {
  if (SHOWN.test(mime)) return 'image'
  const [family] = mime.split('/')
  return family === 'video' || family === 'audio' ? family : 'file'
}

/** `audio/webm` of `audio/webm;codecs=opus`. Empty where the browser does not know. */
export const mediaType = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase()

/** Why such a file would be refused, in words; null where the rules have nothing against it or do not say. */
export function refusalOf(
  { type, size }: { type: string; size: number },
  rules: UploadRules | null,
  already: number,
): string | null {
  if (size === 0) return 'This file is empty.'
  if (!rules) return null
  const { attachments, messageTypes } = rules
  const { types, maxCount } = attachments
  const mime = mediaType(type)
  if (types.length === 0 || maxCount === 0) return 'No files can be sent here.'
  if (mime !== '') {
    if (!types.some((allowed) => fits(mime, allowed)))
      return `${typeText(mime)} files are not taken here. What is: ${typesText(types)}.`
    const kind = kindOfType(mime)
    if (!messageTypes.includes(kind)) return `${refusedKinds[kind]} are not taken here.`
  }
  const limit = maxBytesOf(mime, attachments)
  if (size > limit) return `It is too large: ${sizeText(size)}, and at most ${sizeText(limit)} are taken.`
  if (already >= maxCount)
    return maxCount === 1 ? 'One file at a time is taken here.' : `At most ${numberText(maxCount)} files at a time.`
  return null
}

const refusedKinds: Record<AttachmentKind, string> = {
  image: 'Photos',
  video: 'Videos',
  audio: 'Sound and voice messages',
  file: 'Documents',
}

/** The narrowest limit that fits. Of an unknown type the largest that there is: the server knows more. */
function maxBytesOf(mime: string, { maxBytes, maxBytesByType }: UserPolicy['attachments']): number {
  if (mime === '') return Math.max(maxBytes, ...Object.values(maxBytesByType))
  return maxBytesByType[mime] ?? maxBytesByType[`${mime.split('/')[0]}/*`] ?? maxBytes
}

const fits = (mime: string, allowed: string): boolean =>
  allowed === mime || (allowed.endsWith('/*') && mime.startsWith(allowed.slice(0, -1)))

/** What a browser's dialog offers: only what is allowed of these kinds. Empty: nothing is. */
export function acceptOf(rules: UploadRules | null, kinds: readonly AttachmentKind[]): string {
  const allowed = rules?.attachments.types ?? ['image/*', 'video/*', 'audio/*', 'application/*', 'text/*']
  return allowed
    .filter((type) => kinds.includes(kindOfType(type === 'image/*' ? 'image/png' : type)))
    .filter(() => !rules || rules.attachments.maxCount > 0)
    .join(',')
}

/** Whether anything of this kind may be sent here. Rules that are not known are left to the server. */
export function takes(rules: UploadRules | null, kind: AttachmentKind): boolean {
  if (!rules) return true
  return rules.messageTypes.includes(kind) && acceptOf(rules, [kind]) !== ''
}

/** What goes into one message each: what is of one kind, in the order in which it was chosen. */
export function messagesOf<F extends { kind: AttachmentKind }>(files: readonly F[]): F[][] {
  const groups = new Map<AttachmentKind, F[]>()
  for (const file of files) groups.set(file.kind, [...(groups.get(file.kind) ?? []), file])
  return [...groups.values()]
}
