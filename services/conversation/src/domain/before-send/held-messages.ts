import {
  type Actor,
  type HeldMessage,
  type HeldMessageCase,
  type HeldMessageRef,
  type ListHeldMessages,
  type Page,
  ParleyError,
  type RefuseHeldMessage,
} from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { audit, auditLook, pageOfIds } from '../admin/audit.ts'
import { release } from '../attachments/claim-attachments.ts'
import { decodeIdCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { sendHeld } from '../jobs/send-held.ts'
import { keptText } from '../kept-text.ts'
import type { HeldRecord } from '../ports/held-messages.ts'
import type { UnitOfWork } from '../ports.ts'
import { rejectedByHost } from './ask-host.ts'
import { senderOf, tellHeld } from './tell-held.ts'

/** Whoever lets one through sends it at once; this is for who dies over it. Milliseconds. */
const NET_MS = 10_000

/** The actor's that wait, the oldest first. */
export async function listHeldMessages(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, conversationId }: ListHeldMessages,
): Promise<Page<HeldMessage>> {
  const after = cursor === undefined ? undefined : decodeIdCursor(cursor, 'uuid')
  const found = await store.snapshot(actor.tenantId, ({ heldMessages }) =>
    heldMessages.listOwn(actor.userId, { conversationId, after, limit: limit + 1 }),
  )
  return pageOfIds(found, limit)
}

/** Everybody's that wait for a decision, the oldest first: a queue. */
export async function listHeldForReview(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, conversationId }: ListHeldMessages,
): Promise<Page<HeldMessageCase>> {
  requireAdmin(actor)
  const after = cursor === undefined ? undefined : decodeIdCursor(cursor, 'uuid')
  return store.transaction(actor.tenantId, async (uow) => {
    const page = pageOfIds(await uow.heldMessages.list({ conversationId, after, limit: limit + 1 }), limit)
    const ids = page.data.map(({ id }) => id)
    const which = { from: ids[0] ?? null, to: ids.at(-1) ?? null, count: ids.length }
    await auditLook(uow, actor, 'held_messages.listed', conversationId ?? null, which)
    return page
  })
}

/**
 * Lets one through. It is decided in one commit and sent by the next: whoever dies in between leaves a job that sends it, under the
 * key that it was sent with, and so once.
 */
export async function releaseHeldMessage(
  deps: Deps,
  actor: Actor,
  { heldMessageId: id }: HeldMessageRef,
): Promise<HeldMessageCase> {
  requireAdmin(actor)
  const { tenantId, userId } = actor
  await deps.store.transaction(tenantId, async (uow) => {
    const { held } = await lockHeld(uow, id)
    if (held.status === 'releasing' || held.status === 'released') return
    if (held.status !== 'held') throw decidedBefore()
    await uow.heldMessages.update(id, { status: 'releasing', decidedBy: userId })
    await audit(uow, actor, 'held_message.released', id, {
      conversationId: held.conversationId,
      senderId: held.senderId,
    })
    const dueAt = new Date(Date.parse(await uow.now()) + NET_MS).toISOString()
    await uow.jobs.schedule({ kind: 'send_held', key: id, dueAt, payload: {} })
  })
  // what cannot be done now is done by the job
  await sendHeld(deps, tenantId, id).catch(() => {})
  return deps.store.snapshot(tenantId, ({ heldMessages }) => heldMessages.caseOf(id))
}

/** Does not let one through: its words are gone, and its sender is told. */
export async function refuseHeldMessage(
  deps: Deps,
  actor: Actor,
  { heldMessageId: id, reason: given }: RefuseHeldMessage,
): Promise<HeldMessageCase> {
  requireAdmin(actor)
  const { tenantId, userId } = actor
  const reason = given === undefined ? undefined : keptText(given, '/reason')
  const refused = await deps.store.transaction(tenantId, async (uow) => {
    const { held } = await lockHeld(uow, id)
    // by whoever decided it first, and not by what has happened since it was let through
    if (held.status === 'refused' && held.error?.code === 'rejected_by_host') return undefined
    if (held.status !== 'held') throw decidedBefore()
    const { code, message } = rejectedByHost(reason)
    await audit(uow, actor, 'held_message.refused', id, {
      ...{ conversationId: held.conversationId, senderId: held.senderId, reason: reason ?? null },
    })
    return uow.heldMessages.update(id, {
      status: 'refused',
      isSettled: true,
      decidedBy: userId,
      error: { code, message },
    })
  })
  if (refused) {
    tellHeld(deps, tenantId, refused.held)
    release(deps, senderOf(tenantId, refused.held), refused.held)
  }
  return deps.store.snapshot(tenantId, ({ heldMessages }) => heldMessages.caseOf(id))
}

async function lockHeld(uow: UnitOfWork, id: string): Promise<HeldRecord> {
  const found = await uow.heldMessages.lock(id)
  if (!found) throw new ParleyError('not_found', 'No such held message')
  return found
}

const decidedBefore = () => new ParleyError('already_decided', 'This message was decided before')
