import type { Actor, Attachment } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { toAttachment } from '../to-attachment.ts'
import { mayUpload } from './may-upload.ts'

/**
 * What this user uploaded with that key, if it is still there. Rejects where they may no longer upload to where it is, as the same upload
 * would be refused if it came again.
 */
export async function findUploaded(deps: Deps, actor: Actor, key: string): Promise<Attachment | undefined> {
  const { tenantId, userId } = actor
  const found = await deps.store.snapshot(tenantId, ({ attachments }) => attachments.byUploadKey(userId, key))
  if (!found) return undefined
  const { purpose, conversationId } = found
  await mayUpload(deps, actor, { purpose, conversationId })
  return toAttachment(found)
}
