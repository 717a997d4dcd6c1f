import type { Actor, Attachment } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { toAttachment } from '../to-attachment.ts'

/** What this user uploaded with that key, if it is still there. */
export async function findUploaded({ store }: Deps, actor: Actor, key: string): Promise<Attachment | undefined> {
  const found = await store.snapshot(actor.tenantId, ({ attachments }) => attachments.byUploadKey(actor.userId, key))
  return found && toAttachment(found)
}
