import { type Attachment, firstLink, type Message } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import { type Deps, serviceOf } from '../deps.ts'
import { letGoOf } from '../let-go.ts'
import type { MessageLink, NewAttachment } from '../ports/store.ts'
import type { InspectedFile } from '../ports.ts'
import { toAttachment } from '../to-attachment.ts'
import { putBytes } from '../uploads/keep-file.ts'
import { dropPicturesBefore, pictureKey } from './old-pictures.ts'

/** What a tenant's rules say of cards is asked so often. */
const RULES_MS = 30_000
const TENANTS = 10_000

export interface LinkPreviews {
  /**
   * A message was written, or its words were changed to others with another link or none: where the rules want it, a card of its first link is to
   * be made, whenever there is time, and what it had of an earlier one goes.
   */
  written(tenantId: string, message: Message): Promise<void>
  /** Makes the card and tells it. Files of its picture are made in the folder, whose end is the caller's affair. */
  make(tenantId: string, link: MessageLink, work: { folder: string; signal?: AbortSignal }): Promise<void>
}

/** Cards for the links of messages. They come when they come: no message waits for one, and one that cannot be made is not missed. */
export function linkPreviews(deps: Deps): LinkPreviews {
  const { store, authority, previewOf } = deps
  const rules = new LRUCache<string, boolean>({
    max: TENANTS,
    ttl: RULES_MS,
    fetchMethod: async (tenantId) => (await authority.attachmentRules(serviceOf(tenantId), {})).rules.linkPreviews,
  })

  return {
    async written(tenantId, { id: messageId, conversationId, senderId, type, rev, content, editedAt, imported }) {
      const url = previewOf && type === 'text' && !imported ? firstLink(content) : undefined
      const isWanted = url !== undefined && (await rules.fetch(tenantId))
      const isEdited = editedAt !== null
      if (!isWanted && !isEdited) return
      await store.transaction(tenantId, async (unit) => {
        if (isEdited) await dropPicturesBefore(unit, messageId, rev)
        if (isWanted) await unit.schedulePreview({ messageId, conversationId, senderId, rev, url })
      })
    },
    async make(tenantId, link, work) {
      const page = await previewOf?.(link.url, work)
      if (!page) return
      const { imageFile, ...words } = page
      const image = imageFile ? await keepPicture(deps, tenantId, link, imageFile) : null
      if (image === 'deleted') return
      const { messageId, rev, url } = link
      const preview = { url, ...words, image }
      const { shown = true } = await authority.linkPreviewed(serviceOf(tenantId), { messageId, rev, preview })
      if (shown || image === null) return
      await store.transaction(tenantId, async (unit) => letGoOf(unit, await unit.attachments.lock([image.id])))
    },
  }
}

/** The picture of a card is an attachment of its message, seen by who sees that and gone with it. Nobody's account is charged for it. */
async function keepPicture(
  deps: Deps,
  tenantId: string,
  { messageId, conversationId, senderId, rev }: MessageLink,
  { path: _path, variants, ...file }: InspectedFile,
): Promise<Attachment | 'deleted'> {
  const kept = [{ ...file, path: _path }, ...variants]
  const intents = await putBytes(deps, tenantId, kept)
  const uploadKey = pictureKey(messageId, rev)
  const picture: NewAttachment = {
    ...file,
    id: deps.newId(),
    uploaderId: senderId,
    purpose: 'message',
    conversationId,
    uploadKey,
    receivedSha256: file.sha256,
    peaks: null,
    status: deps.scanner ? 'pending' : 'ready',
    charged: 0,
    claim: null,
    copiedFrom: null,
    messageId,
    collectInMs: null,
    variants: variants.map(({ path: _variant, ...variant }) => variant),
  }
  return deps.store.transaction(tenantId, async (unit) => {
    if (await unit.deletedMessages.has(messageId)) {
      await unit.blobs.withdraw(intents)
      return 'deleted'
    }
    if (!(await unit.attachments.insert(picture))) {
      const before = await unit.attachments.byUploadKey(senderId, uploadKey)
      return before ? toAttachment(before) : 'deleted'
    }
    await unit.usage.charge(senderId, 0, { user: null, tenant: null })
    await unit.blobs.refer(kept.map(({ sha256 }) => sha256))
    if (picture.status === 'pending') await unit.scheduleScan(picture.sha256)
    return toAttachment({ ...picture, claim: null, createdAt: '' })
  })
}
