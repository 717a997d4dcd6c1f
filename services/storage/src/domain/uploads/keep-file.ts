import { type Actor, type Attachment, ParleyError } from '@parley/contracts'
import { type Deps, INTENT_MS, UNSENT_MS } from '../deps.ts'
import type { Intent, NewAttachment, StoredAttachment } from '../ports/store.ts'
import type { InspectedFile, PreparedFile, ReceivedFile } from '../ports.ts'
import { toAttachment } from '../to-attachment.ts'
import { type AttachmentRules, isAllowedBy, limitOf, type UploadPlace } from './may-upload.ts'
import { noRoom, requireRoom } from './room.ts'
import { voiceOf } from './voice.ts'

export interface FileUpload extends UploadPlace {
  /** As `mayUpload` answered. */
  rules: AttachmentRules
  /** How the uploader names it: the same name and bytes again answer the same attachment. */
  key?: string | undefined
  /** Levels and length of a sound, as its recorder measured them. */
  peaks?: number[] | undefined
  durationMs?: number | undefined
  /** Where files may be made of it; it and they go with the folder, whose end is the caller's affair. */
  folder: string
}

/**
 * Keeps a file that has come in: finds out what it is, puts its bytes into the object store and writes it down. Nothing is seen of it
 * before it is whole. Rejects with what `Inspect` and the store refuse, `payload_too_large`, `quota_exceeded` and `key_reused`.
 */
export async function keepFile(deps: Deps, actor: Actor, upload: FileUpload, file: ReceivedFile): Promise<Attachment> {
  try {
    return await keep(deps, actor, upload, file)
  } catch (err) {
    deps.tally?.refused(err instanceof ParleyError ? err.code : 'internal')
    throw err
  }
}

async function keep(deps: Deps, actor: Actor, upload: FileUpload, file: ReceivedFile): Promise<Attachment> {
  const { store, inspect } = deps
  const { rules, folder, key } = upload
  const { tenantId, userId } = actor
  if (key !== undefined) {
    const before = await store.snapshot(tenantId, ({ attachments }) => attachments.byUploadKey(userId, key))
    if (before) return again(before, upload, file)
  }
  const pictureOnly = upload.purpose !== 'message'
  const isAllowed = (mime: string) => (pictureOnly && mime.startsWith('image/')) || isAllowedBy(rules, mime)
  const inspected = await inspect(file, { folder, isAllowed, pictureOnly })
  const most = pictureOnly ? rules.maxBytes : limitOf(rules, inspected.mime)
  if (file.size > most)
    throw new ParleyError('payload_too_large', `A file of type ${inspected.mime} may have ${most} bytes at most`)
  const kept = [inspected, ...inspected.variants]
  const attachment = describe(deps, actor, upload, file, inspected)
  await requireRoom(deps, actor, rules, attachment.charged)
  const intents = await putBytes(deps, tenantId, kept)
  deps.passing?.('put')
  const written = await store.charge(tenantId, async (unit) => {
    const { userQuotaBytes: user, tenantQuotaBytes: tenant } = rules
    if (!(await unit.usage.charge(userId, attachment.charged, { user, tenant }))) {
      await unit.blobs.withdraw(intents)
      return 'quota'
    }
    if (!(await unit.attachments.insert(attachment))) {
      // somebody else was quicker with the same key
      await unit.usage.refund([{ userId, bytes: attachment.charged, files: 1 }])
      await unit.blobs.withdraw(intents)
      return 'key'
    }
    await unit.blobs.refer(kept.map(({ sha256 }) => sha256))
    if (attachment.status === 'pending') await unit.scheduleScan(attachment.sha256)
    return 'written'
  })
  if (written === 'quota') throw noRoom()
  if (written === 'written') {
    deps.tally?.uploaded(file.size)
    return toAttachment({ ...attachment, claim: null, createdAt: '' })
  }
  const before = await store.snapshot(tenantId, ({ attachments }) => attachments.byUploadKey(userId, key ?? ''))
  if (before) return again(before, upload, file)
  throw new ParleyError('unavailable', 'The same file was being taken back; try again', { retryAfterMs: 250 })
}

/**
 * Says first what is about to be put, and under which keys: from then on the account knows of every byte, and the collector finds those
 * that nobody came to refer to. Whoever does not come to refer to them says so by what is answered.
 */
export async function putBytes(
  { store, objects }: Deps,
  tenantId: string,
  files: readonly PreparedFile[],
): Promise<Intent[]> {
  const wanted = new Map(files.map((file) => [file.sha256, file]))
  const blobs = [...wanted.values()].map(({ sha256, size }) => ({ sha256, size }))
  const intents = await store.transaction(tenantId, (unit) => unit.blobs.intend(blobs, INTENT_MS))
  for (const { sha256, objectKey, stored } of intents) {
    const { path, mime, size } = wanted.get(sha256)!
    // looked at all the same: what was lost in the store comes back with whoever uploads it again
    if (stored && (await objects.size(objectKey)) === size) continue
    await objects.put(objectKey, path, { mime, size })
  }
  return intents
}

function describe(
  { newId, scanner }: Deps,
  { userId }: Actor,
  { purpose, conversationId, key, peaks, durationMs }: FileUpload,
  received: ReceivedFile,
  { path: _path, variants, ...file }: InspectedFile,
): NewAttachment {
  return {
    ...file,
    id: newId(),
    uploaderId: userId,
    purpose,
    conversationId,
    uploadKey: key ?? null,
    receivedSha256: received.sha256,
    ...voiceOf(file, { peaks, durationMs }),
    status: scanner ? 'pending' : 'ready',
    charged: [file, ...variants].reduce((sum, { size }) => sum + size, 0),
    claim: null,
    copiedFrom: null,
    messageId: null,
    collectInMs: UNSENT_MS,
    variants: variants.map(({ path: _path, ...variant }) => variant),
  }
}

function again(
  before: StoredAttachment,
  { purpose, conversationId }: UploadPlace,
  { sha256 }: ReceivedFile,
): Attachment {
  const isSamePlace = before.purpose === purpose && before.conversationId === conversationId
  if (isSamePlace && before.receivedSha256 === sha256) return toAttachment(before)
  throw new ParleyError('key_reused', 'This key was used for another file, or elsewhere')
}
