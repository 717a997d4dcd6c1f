import type { Attachment } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { letGoOf } from '../let-go.ts'
import { confirmAll, tellState } from './ask-outcome.ts'
import { concernedBy } from './concerned.ts'

/** Who knows what broke has not been put right in a minute. Milliseconds. */
const LATER_MS = 3_600_000

/** What happens to messages, as the event stream tells it: at least once, and in no promised order. */
export const hearMessages = (deps: Deps, isConcerned = concernedBy(deps.store)) => ({
  /** A message was written with these attachments, as it shows them. */
  async written(tenantId: string, messageId: string, shown: readonly Pick<Attachment, 'id' | 'status'>[]) {
    await confirmAll(
      deps,
      tenantId,
      messageId,
      shown.map(({ id }) => id),
    )
    const wereOpen = shown.filter(({ status }) => status === 'pending').map(({ id }) => id)
    if (wereOpen.length === 0) return
    const ofIt = await deps.store.snapshot(tenantId, ({ attachments }) => attachments.ofMessage(messageId))
    await tellState(
      deps,
      tenantId,
      ofIt.filter(({ id }) => wereOpen.includes(id)),
    )
  },
  /** The same as `deleted`, later: by a job, which is tried again and seen where it comes to nothing. The stream has no place to come back to. */
  async deletedLater(tenantId: string, messageId: string, attachmentIds: readonly string[]) {
    await deps.store.transaction(tenantId, (unit) => unit.scheduleDeleted(messageId, attachmentIds, LATER_MS))
  },
  /** A message was deleted for everybody: its files go, and those that come to be known as its own. */
  async deleted(tenantId: string, messageId: string, attachmentIds: readonly string[]) {
    // what comes to be known later of one that had nothing is told by whoever asks to show it
    if (attachmentIds.length === 0 && !(await isConcerned(tenantId, messageId))) return
    await deps.store.transaction(tenantId, async (unit) => {
      await unit.deletedMessages.add(messageId)
      const ofIt = (await unit.attachments.ofMessage(messageId)).map(({ id }) => id)
      const found = await unit.attachments.lock([...new Set([...ofIt, ...attachmentIds])])
      await letGoOf(
        unit,
        found.filter((one) => one.messageId === null || one.messageId === messageId),
      )
    })
  },
})
