import type { Attachment, Message } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import { type Deps, serviceOf } from '../deps.ts'
import type { MessageLink, NewAttachment } from '../ports/store.ts'
import type { InspectedFile } from '../ports.ts'
import { toAttachment } from '../to-attachment.ts'
import { putBytes } from '../uploads/keep-file.ts'
import { firstLink } from './first-link.ts'

/** What a tenant's rules say of cards is asked so often. */
const RULES_MS = 30_000
const TENANTS = 10_000

export interface LinkPreviews {
  /** A message was written: where the rules want it, a card of its first link is to be made, whenever there is time. */
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
    async written(tenantId, { id: messageId, conversationId, senderId, type, rev, content, imported }) {
      const url = previewOf && type === 'text' && !imported ? firstLink(content) : undefined
      if (url === undefined || !(await rules.fetch(tenantId))) return
      await store.transaction(tenantId, (unit) =>
        unit.schedulePreview({ messageId, conversationId, senderId, rev, url }),
      )
    },
    async make(tenantId, link, work) {
      const page = await previewOf?.(link.url, work)
      if (!page) return
      const { imageFile, ...words } = page
      const image = imageFile ? await keepPicture(deps, tenantId, link, imageFile) : null
      if (image === 'deleted') return
      const { messageId, rev, url } = link
      await authority.linkPreviewed(serviceOf(tenantId), { messageId, rev, preview: { url, ...words, image } })
    },
  }
}

/** The picture of a card is an attachment of its message, seen by who sees that and gone with it. Nobody's account is charged for it. */
async function keepPicture(
  deps: Deps,
  tenantId: string,
  { messageId, conversationId, senderId }: MessageLink,
  { path: _path, variants, ...file }: InspectedFile,
): Promise<Attachment | 'deleted'> {
  const kept = [{ ...file, path: _path }, ...variants]
  const intents = await putBytes(deps, tenantId, kept)
  // The same picture again where a card was made and could not be told.
  const uploadKey = `preview:${messageId}`
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
