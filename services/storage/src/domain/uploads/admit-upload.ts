import type { Actor } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { type AttachmentRules, mayUpload, type UploadPlace } from './may-upload.ts'
import { requireRoom } from './room.ts'

/**
 * What holds for an upload there, before anything of it is read. Rejects as `mayUpload` does, and with `quota_exceeded` where there is no room
 * for a single byte more; not what was uploaded before with that key, which costs nothing again.
 */
export async function admitUpload(
  deps: Deps,
  actor: Actor,
  place: UploadPlace,
  key?: string,
): Promise<AttachmentRules> {
  const rules = await mayUpload(deps, actor, place)
  const isRepeated =
    key !== undefined &&
    (await deps.store.snapshot(actor.tenantId, ({ attachments }) => attachments.byUploadKey(actor.userId, key)))
  if (!isRepeated) await requireRoom(deps, actor, rules, 1)
  return rules
}
