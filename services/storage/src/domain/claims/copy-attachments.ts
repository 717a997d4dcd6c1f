import type { Claims } from '@parley/contracts'
import { type Deps, UNCONFIRMED_MS } from '../deps.ts'
import { notFound } from '../refusals.ts'
import { toAttachment } from '../to-attachment.ts'

/**
 * Copies for another message of what messages have; the bytes are stored once, and cost nobody's quota again. Again it finds the same copies,
 * and keeps them for as long as at first. Whoever asks has seen to it that the sender may see them.
 */
export const copyAttachments =
  ({ store, newId }: Deps): Claims['copyAttachments'] =>
  ({ tenantId }, { key, attachmentIds }) =>
    store.transaction(tenantId, async ({ attachments, blobs, scheduleScan }) => {
      const copies = async () => (await attachments.ofKey(key)).filter(({ copiedFrom }) => copiedFrom !== null)
      const before = (await copies()).map(({ id }) => id)
      const locked = await attachments.lock([...new Set([...before, ...attachmentIds])])
      const found = new Map(locked.map((one) => [one.id, one]))
      const made = locked.filter(({ id }) => before.includes(id))
      for (const [place, id] of attachmentIds.entries()) {
        // some may have been collected since
        if (made.some(({ copiedFrom }) => copiedFrom === id)) continue
        const original = found.get(id)
        if (!original || original.status === 'infected') throw notFound()
        const { claim: _claim, createdAt: _createdAt, ...same } = original
        const inserted = await attachments.insert({
          ...same,
          id: newId(),
          uploaderId: key.senderId,
          purpose: 'message',
          conversationId: key.conversationId,
          uploadKey: null,
          charged: 0,
          claim: { key, place },
          copiedFrom: id,
          messageId: null,
          collectInMs: UNCONFIRMED_MS,
        })
        // the same call was made twice at once: the other one's are as good
        if (!inserted) break
        // what the scanner finds of the original in this moment may not reach the copy
        if (original.status === 'pending') await scheduleScan(original.sha256)
        await blobs.refer([original.sha256, ...original.variants.map(({ sha256 }) => sha256)])
      }
      const all = await copies()
      // the message is under way again: nobody may believe that it was given up
      if (made.length > 0 && all.every(({ messageId }) => messageId === null))
        await attachments.claim(
          all.map(({ id }) => id),
          key,
          UNCONFIRMED_MS,
        )
      return { attachments: all.map(toAttachment) }
    })
