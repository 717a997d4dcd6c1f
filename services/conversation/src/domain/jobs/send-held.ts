import { ParleyError } from '@parley/contracts'
import { claim, copy, release, tellWritten } from '../attachments/claim-attachments.ts'
import { senderOf, tellHeld } from '../before-send/tell-held.ts'
import { hasStates, waiting } from '../deals/deadline.ts'
import type { Deps } from '../deps.ts'
import type { HeldChange, HeldRecord } from '../ports/held-messages.ts'
import type { JobHandlers } from '../ports/jobs.ts'
import type { MessageDraft } from '../ports/messages.ts'

/** Who knows what broke: after so many tries its sender is told rather than left to wait. */
const TRIES = 3
/** Only what ends its process, each time, is tried more often. The tries that are left then are for saying so. */
const MOST_TRIES = 6

/** Sends what was let through and whoever let it through did not come to send. */
export function sendHeldLater(deps: Deps): JobHandlers['send_held'] {
  return async ({ tenantId, key, attempt }) => {
    await sendHeld(deps, tenantId, key, attempt)
    return undefined
  }
}

/**
 * Sends a message that was let through, by the rules as they are now. Its key is the one that its sender chose: done twice, it is one
 * message. What breaks for no known reason, or ends its processes, is not tried for ever: `attempt` counts from 1.
 */
export async function sendHeld(deps: Deps, tenantId: string, id: string, attempt = 1): Promise<void> {
  const found = await deps.store.snapshot(tenantId, ({ heldMessages }) => heldMessages.find(id))
  if (found?.held.status !== 'releasing' || !found.body) return
  let change: HeldChange
  try {
    const messageId = (await sentAlready(deps, tenantId, found)) ?? (await append(deps, tenantId, found, attempt))
    change = { status: 'released', isSettled: true, messageId }
  } catch (err) {
    const refusal = err instanceof ParleyError ? err : undefined
    if (refusal?.code === 'unavailable' || (!refusal && attempt < TRIES)) throw err
    const { code, message } = refusal ?? { code: 'internal', message: 'Something went wrong on our side' }
    change = { status: 'refused', isSettled: true, error: { code, message } }
  }
  const settled = await deps.store.transaction(tenantId, async (uow) => {
    // another process may have done the same
    if ((await uow.heldMessages.lock(id))?.held.status !== 'releasing') return undefined
    await uow.jobs.cancel('send_held', id)
    return uow.heldMessages.update(id, change)
  })
  if (!settled) return
  tellHeld(deps, tenantId, settled.held)
  if (change.status === 'refused') release(deps, senderOf(tenantId, settled.held), settled.held)
}

/** Its id, where it is there already, whoever has brought it there. */
async function sentAlready({ store }: Deps, tenantId: string, { held }: HeldRecord): Promise<string | undefined> {
  const { conversationId, senderId, clientId } = held
  const [before] = await store.snapshot(tenantId, ({ messages }) =>
    messages.findByClientIds(conversationId, [{ senderId, clientId }]),
  )
  return before?.id
}

async function append(
  deps: Deps,
  tenantId: string,
  { held, body, bodyHash }: HeldRecord,
  attempt: number,
): Promise<string> {
  if (attempt > MOST_TRIES) throw new Error('It ended each process that was to send it')
  const { conversationId, senderId, clientId } = held
  const key = { conversationId, senderId, clientId }
  const actor = senderOf(tenantId, held)
  const policy = await deps.policies.of(tenantId)
  const { type, content, attachmentIds, ...said } = body!
  const kept = hasStates(type)
    ? await waiting(deps, actor, type, { content, extras: said.extras }, policy)
    : { content, extras: said.extras }
  const draft: MessageDraft = {
    ...{ tenantId, ...key, id: deps.newId(), bodyHash, type, ...kept },
    // nobody was there who could have read what stands before it
    interactive: false,
  }
  if (attachmentIds.length > 0) {
    const take = said.extras?.forwarded ? copy : claim
    draft.extras = { ...draft.extras, attachments: await take(deps, actor, { key, attachmentIds }) }
  }
  const { message, created } = await deps.store.append(draft)
  if (created) tellWritten(deps, actor, message, policy)
  return message.id
}
