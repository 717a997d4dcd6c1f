import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { type Actor, type Attachment, type BeginDirectUpload, type DirectUpload, ParleyError } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { type Incoming, MissingObject, type ObjectStore, type ReceivedFile } from '../ports.ts'
import { notFound } from '../refusals.ts'
import { admitUpload } from './admit-upload.ts'
import { findUploaded } from './find-uploaded.ts'
import { type FileUpload, keepFile } from './keep-file.ts'
import { mayUpload } from './may-upload.ts'
import { isFinal, plainType, refuseUnfit } from './unfit.ts'

/** What browsers put into the bucket by themselves, and what was said of it. No tenant's name begins so. */
const PREFIX = '_incoming/'
/** A form is filled in within so long; the upload itself may take longer. */
const FORM_SECONDS = 3_600
/** What nobody completed goes after so long. */
const ABANDONED_MS = 24 * 3_600_000

/** What was said when a form was asked for. */
interface Announced extends BeginDirectUpload {
  userId: string
}

export interface DirectUploadDeps extends Deps {
  incoming: Incoming
}

const notSupported = () =>
  new ParleyError('not_supported', 'Attachments are kept in no bucket here: upload them with POST /v1/attachments')
const keyOf = ({ tenantId }: Actor, uploadId: string) => `${PREFIX}${tenantId}/${uploadId}`
const placeOf = ({ purpose = 'message', conversationId }: BeginDirectUpload) => ({
  purpose,
  conversationId: conversationId ?? null,
})

/**
 * Answers with a form that takes a file straight to the store. What was said of it stays there beside it, so that any process can complete
 * it. Rejects with `not_supported` where the store takes no forms, and as an upload of that file would be refused.
 */
export async function beginDirectUpload(
  deps: DirectUploadDeps,
  actor: Actor,
  announced: BeginDirectUpload,
): Promise<DirectUpload> {
  const { objects, incoming, newId } = deps
  if (!objects.presignedPost) throw notSupported()
  const { size, mime } = announced
  refuseUnfit(await admitUpload(deps, actor, placeOf(announced)), {
    ...placeOf(announced),
    size,
    mime: plainType(mime),
  })
  const uploadId = newId()
  const key = keyOf(actor, uploadId)
  await using folder = await incoming.open()
  const said: Announced = { ...announced, userId: actor.userId }
  const about = await folder.receive(Readable.from([Buffer.from(JSON.stringify(said))]), Number.MAX_SAFE_INTEGER)
  await objects.put(`${key}.about`, about.path, { mime: 'application/json', size: about.size })
  const expiresAt = new Date(Date.now() + FORM_SECONDS * 1_000).toISOString()
  const form = await objects.presignedPost(key, { expiresInSeconds: FORM_SECONDS, maxBytes: size })
  return { uploadId, ...form, expiresAt }
}

/**
 * Takes what was uploaded there through the same hands as any other file. What is refused for what it is goes at once; the same upload
 * again answers the same attachment. Rejects with `not_found` where nothing has come, or to whoever did not begin it.
 */
export async function completeDirectUpload(
  deps: DirectUploadDeps,
  actor: Actor,
  { uploadId }: { uploadId: string },
): Promise<Attachment> {
  const { objects, incoming } = deps
  if (!objects.presignedPost) throw notSupported()
  const uploadKey = `direct:${uploadId}`
  const before = await findUploaded(deps, actor, uploadKey)
  if (before) return before
  const key = keyOf(actor, uploadId)
  const said = await announcedAt(objects, `${key}.about`)
  if (said?.userId !== actor.userId) throw notFound()
  const { name, size, peaks, durationMs } = said
  const rules = await mayUpload(deps, actor, placeOf(said))
  await using folder = await incoming.open()
  const bytes = await objects.open(key).catch((err) => {
    throw err instanceof MissingObject
      ? new ParleyError('not_found', 'Nothing has been uploaded with this form yet')
      : err
  })
  const received = await folder.receive(bytes, size)
  const upload: FileUpload = {
    ...placeOf(said),
    ...{ rules, folder: folder.path, key: uploadKey },
    ...(peaks && { peaks }),
    ...(durationMs !== undefined && { durationMs }),
  }
  const file: ReceivedFile = { ...received, name, mime: plainType(said.mime) }
  const clear = () => Promise.all([objects.remove(key), objects.remove(`${key}.about`)])
  if (received.size > size) {
    await clear()
    throw new ParleyError('payload_too_large', `The form was for ${size} bytes`)
  }
  const attachment = await keepFile(deps, actor, upload, file).catch(async (err) => {
    if (isFinal(err)) await clear()
    throw err
  })
  // What stays when this fails is collected.
  await clear().catch(() => {})
  return attachment
}

async function announcedAt(objects: ObjectStore, key: string): Promise<Announced | undefined> {
  try {
    return (await json(await objects.open(key))) as Announced
  } catch (err) {
    if (err instanceof MissingObject) return undefined
    throw err
  }
}

/** Removes what was never completed. Returns how many objects that were. */
export async function collectDirectUploads({ objects }: Deps, olderThanMs = ABANDONED_MS): Promise<number> {
  if (!objects.presignedPost) return 0
  let removed = 0
  for await (const key of objects.keys(PREFIX, new Date(Date.now() - olderThanMs))) {
    await objects.remove(key)
    removed++
  }
  return removed
}
