import type { Claims } from '@parley/contracts'
import { type Deps, UNSENT_MS } from '../deps.ts'
import { letGoOf } from '../let-go.ts'

/** That message was refused: what was uploaded for it can be sent again, what was copied for it goes. */
export const releaseAttachments =
  ({ store }: Deps): Claims['releaseAttachments'] =>
  async ({ tenantId }, { key }) => {
    await store.transaction(tenantId, async (unit) => {
      const claimed = (await unit.attachments.ofKey(key)).map(({ id }) => id)
      const found = (await unit.attachments.lock(claimed)).filter(({ messageId }) => messageId === null)
      const own = found.filter(({ copiedFrom }) => copiedFrom === null)
      await unit.attachments.unclaim(
        own.map(({ id }) => id),
        UNSENT_MS,
      )
      await letGoOf(
        unit,
        found.filter(({ copiedFrom }) => copiedFrom !== null),
      )
    })
    return {}
  }
