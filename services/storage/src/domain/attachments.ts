import type { Attachments } from '@parley/contracts'
import { askOutcome } from './claims/ask-outcome.ts'
import { isStillFor } from './claims/claim-attachments.ts'
import type { Deps } from './deps.ts'
import { serviceOf, UNDER_WAY_MS, UNSENT_MS } from './deps.ts'
import { partOf, requireReady } from './downloads/open-content.ts'
import { atTheDoor, requireSeen } from './downloads/seen.ts'
import { eraseUploads } from './erase-uploads.ts'
import { letGoOf } from './let-go.ts'
import type { Links } from './ports/links.ts'
import { notFound } from './refusals.ts'
import { toAttachment } from './to-attachment.ts'

/**
 * A picture that somebody or a group has, or that a report shows, stays, whoever has uploaded it. It is due first, as the collector finds it:
 * what becomes somebody's while it is asked about is so no more.
 */
async function discardPicture(
  { store, authority }: Deps,
  tenantId: string,
  attachmentId: string,
): Promise<Record<string, never>> {
  await store.transaction(tenantId, async ({ attachments }) => {
    const found = await attachments.lock([attachmentId])
    for (const { id } of found) await attachments.collectIn(id, 0)
  })
  const used = await authority.picturesInUse(serviceOf(tenantId), { attachmentIds: [attachmentId] })
  const isGone = await store.transaction(tenantId, async (unit) => {
    const found = await unit.attachments.lockDue([attachmentId])
    if (used.attachmentIds.includes(attachmentId)) {
      for (const { id } of found) await unit.attachments.collectIn(id, UNSENT_MS)
      return false
    }
    await letGoOf(unit, found)
    return found.length > 0
  })
  if (!isGone) throw notFound()
  return {}
}

/** What clients ask of attachments, besides their bytes. */
export function createAttachments(deps: Deps & { links: Links }): Attachments {
  return {
    eraseUploads: eraseUploads(deps),
    getAttachment: async (actor, { attachmentId }) => toAttachment(await requireSeen(deps, actor, attachmentId)),
    async discardAttachment(actor, { attachmentId }) {
      const { store } = deps
      const { tenantId, userId } = actor
      await atTheDoor(deps, actor)
      const before = await store.snapshot(tenantId, ({ attachments }) => attachments.byId(attachmentId))
      if (!before || before.uploaderId !== userId || before.messageId !== null) throw notFound()
      if (before.purpose !== 'message') return discardPicture(deps, tenantId, attachmentId)
      const { claim } = before
      if (claim) {
        const outcome = claim.age < UNDER_WAY_MS ? undefined : await askOutcome(deps, tenantId, claim.key)
        if (!outcome || outcome.messageId !== null || outcome.waiting) throw notFound()
      }
      await store.transaction(tenantId, async (unit) => {
        const [found] = await unit.attachments.lock([attachmentId])
        // sent in this moment, or about to be
        if (found?.messageId !== null || (found.claim && !isStillFor(found, claim?.key))) throw notFound()
        await letGoOf(unit, [found])
      })
      return {}
    },
    async linkAttachment(actor, { attachmentId, variant, disposition = 'inline' }) {
      const found = await requireSeen(deps, actor, attachmentId)
      requireReady(found)
      partOf(found, variant)
      return deps.links.sign({ tenantId: actor.tenantId, attachmentId, variant, disposition })
    },
  }
}
