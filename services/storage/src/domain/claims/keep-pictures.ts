import type { Claims } from '@parley/contracts'
import { type Deps, UNSENT_MS } from '../deps.ts'

/** Somebody's or a group's picture is about to be one of these: the collector asks about them in a day at the earliest. */
export const keepPictures =
  ({ store }: Deps): Claims['keepPictures'] =>
  ({ tenantId }, { attachmentIds }) =>
    store.transaction(tenantId, async ({ attachments }) => {
      const found = new Set<string>()
      for (const { id, purpose, status } of await attachments.lock(attachmentIds)) {
        if (purpose === 'message' || status === 'infected') continue
        await attachments.collectIn(id, UNSENT_MS)
        found.add(id)
      }
      return { missing: attachmentIds.filter((id) => !found.has(id)) }
    })
