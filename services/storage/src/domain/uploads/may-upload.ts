import { type Actor, ParleyError, type Policy, type UploadPurpose } from '@parley/contracts'
import type { Deps } from '../deps.ts'

/** What is uploaded, and into which conversation. */
export interface UploadPlace {
  purpose: UploadPurpose
  conversationId: string | null
}

export type AttachmentRules = Policy['attachments']

/** What holds for uploads there. Rejects as a message there would be refused, with `invalid_input` where the two do not go together. */
export async function mayUpload({ authority }: Deps, actor: Actor, place: UploadPlace): Promise<AttachmentRules> {
  const needs = place.purpose !== 'profile_picture'
  if (needs !== (place.conversationId !== null)) {
    const detail = needs ? 'Say into which conversation' : 'A profile picture is in no conversation'
    throw new ParleyError('invalid_input', detail, {
      errors: [{ pointer: '/conversationId', code: needs ? 'required' : 'unexpected', detail }],
    })
  }
  const { rules } = await authority.mayUpload(actor, place)
  return rules
}

/** The most that one file may have here, whatever it is, in bytes. */
export function largestOf({ maxBytes, maxBytesByType }: AttachmentRules): number {
  return Math.max(maxBytes, ...Object.values(maxBytesByType))
}

/** The most that a file of that type may have: the narrowest rule that fits holds. */
export function limitOf({ maxBytes, maxBytesByType }: AttachmentRules, mime: string): number {
  return maxBytesByType[mime] ?? maxBytesByType[`${mime.split('/')[0]}/*`] ?? maxBytesByType['*/*'] ?? maxBytes
}

export function isAllowedBy({ types }: AttachmentRules, mime: string): boolean {
  const family = `${mime.split('/')[0]}/*`
  return types.some((type) => type === mime || type === family || type === '*/*')
}
