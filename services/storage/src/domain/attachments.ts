import type { Attachments } from '@parley/contracts'
import { askOutcome } from './claims/ask-outcome.ts'
import { isStillFor } from './claims/claim-attachments.ts'
import type { Deps } from './deps.ts'
import { UNDER_WAY_MS } from './deps.ts'
import { partOf, requireReady } from './downloads/open-content.ts'
import { atTheDoor, requireSeen } from './downloads/seen.ts'
import { eraseUploads } from './erase-uploads.ts'
import { letGoOf } from './let-go.ts'
import type { Links } from './ports/links.ts'
import { notFound } from './refusals.ts'
import { toAttachment } from './to-attachment.ts'

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
