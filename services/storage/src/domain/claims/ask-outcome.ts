import type { SendKey, SendOutcome } from '@parley/contracts'
import { type Deps, serviceOf } from '../deps.ts'
import { letGoOf } from '../let-go.ts'
import type { StoredAttachment } from '../ports/store.ts'
import { toAttachment } from '../to-attachment.ts'

/** What became of the message that something was claimed for. */
export async function askOutcome({ authority }: Deps, tenantId: string, key: SendKey): Promise<SendOutcome> {
  const { outcomes } = await authority.sendOutcomes(serviceOf(tenantId), { keys: [key] })
  const [outcome] = outcomes
  if (!outcome) throw new Error('An outcome is missing')
  return outcome
}

/** The message is written: what it has stays, unless the message was deleted since. Returns what was not known to be its own before. */
export async function confirmAll(
  { store }: Deps,
  tenantId: string,
  messageId: string,
  ids: readonly string[],
): Promise<StoredAttachment[]> {
  return store.transaction(tenantId, async (unit) => {
    const isDeleted = await unit.deletedMessages.has(messageId)
    const found = await unit.attachments.lock(ids)
    const unconfirmed = found.filter((one) => one.messageId === null)
    if (isDeleted) await letGoOf(unit, unconfirmed)
    else
      await unit.attachments.confirm(
        unconfirmed.map(({ id }) => id),
        messageId,
      )
    return isDeleted ? [] : unconfirmed.map((one) => ({ ...one, messageId }))
  })
}

/** The scanner may have been quicker than the message: it shows what was known when it was sent. */
export async function tellState(
  { authority }: Deps,
  tenantId: string,
  confirmed: readonly StoredAttachment[],
): Promise<void> {
  for (const one of confirmed)
    if (one.messageId !== null && one.status !== 'pending')
      await authority.attachmentChanged(serviceOf(tenantId), {
        messageId: one.messageId,
        attachment: toAttachment(one),
      })
}

/** The attachment with its message, where that was written and nobody has told us yet. */
export async function settled(
  deps: Deps,
  tenantId: string,
  found: StoredAttachment,
): Promise<StoredAttachment | undefined> {
  if (found.claim === null || found.messageId !== null) return found
  const { messageId } = await askOutcome(deps, tenantId, found.claim.key)
  if (messageId === null) return found
  await confirmAll(deps, tenantId, messageId, [found.id])
  return deps.store.snapshot(tenantId, ({ attachments }) => attachments.byId(found.id))
}
