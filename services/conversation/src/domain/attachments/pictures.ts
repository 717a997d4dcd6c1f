import type { Actor, Authority } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { invalidField } from '../refusals.ts'

const ADDRESS = /\/v1\/pictures\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/

/** The id of the uploaded picture at that address; undefined where it is none of ours. */
const pictureAt = (url: string | null | undefined): string | undefined => ADDRESS.exec(url ?? '')?.[1]

/**
 * Has a picture stay that is about to be somebody's or a group's, before that is so: from then on it is found to be in use. Rejects where the
 * address is one of ours and there is no such picture.
 */
export async function requirePicture(
  { claims }: Pick<Deps, 'claims'>,
  actor: Actor,
  url: string | null | undefined,
  pointer: string,
): Promise<void> {
  const id = pictureAt(url)
  if (id === undefined || !claims) return
  const { missing } = await claims.keepPictures(actor, { attachmentIds: [id] })
  // behind an origin it may be anybody's
  if (missing.length > 0 && url?.startsWith('/'))
    throw invalidField(pointer, 'not_found', 'is no picture that is there')
}

/** The same for what the host says of its users, which holds whatever is there. */
export async function keepPictures(
  { claims }: Pick<Deps, 'claims'>,
  actor: Actor,
  urls: readonly (string | null | undefined)[],
): Promise<void> {
  const attachmentIds = [...new Set(urls.flatMap((url) => pictureAt(url) ?? []))]
  if (attachmentIds.length > 0) await claims?.keepPictures(actor, { attachmentIds })
}

/** Which of these are somebody's or a group's now, or are kept with a report. */
export const picturesInUse =
  ({ store }: Pick<Deps, 'store'>): Authority['picturesInUse'] =>
  async ({ tenantId }, { attachmentIds }) => ({ attachmentIds: await store.picturesInUse(tenantId, attachmentIds) })
