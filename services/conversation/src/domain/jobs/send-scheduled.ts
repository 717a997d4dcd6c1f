import { type Actor, ParleyError, type Policy, type SentMessage } from '@parley/contracts'
import { systemRole } from '../access.ts'
import type { Deps } from '../deps.ts'
import { sendMessage } from '../messages/send-message.ts'
import { sentBefore } from '../messages/sent-before.ts'
import type { JobHandlers } from '../ports/jobs.ts'
import type { ScheduledChange, ScheduledRecord } from '../ports/scheduled-messages.ts'
import type { Standing } from '../ports/users.ts'
import { tellScheduled } from '../scheduled/scheduled-messages.ts'

/** Who knows what broke: after so many tries its sender is told rather than left to wait. */
const TRIES = 3
/** Only what ends its process, each time, is tried more often. The tries that are left then are for saying so. */
const MOST_TRIES = 6
const AGAIN_MS = 1_000

/**
 * Sends what is due, by the rules as they are now. Its id is the key: done twice, it is one message. From the moment when it is
 * `sending` nobody changes it, so that what was sent is what is kept under that key.
 */
export function sendScheduled(deps: Deps): JobHandlers['send_scheduled'] {
  return async ({ tenantId, key: id, attempt }) => {
    const begun = await deps.store.transaction(tenantId, async (uow) => {
      const found = await uow.scheduledMessages.lock(id)
      if (!found || !['scheduled', 'sending'].includes(found.scheduled.status)) return undefined
      await uow.scheduledMessages.update(id, { status: 'sending' })
      return { found, standing: await uow.users.standing(found.by.userId) }
    })
    if (!begun) return
    const { found, standing } = begun
    const settle = (change: ScheduledChange) =>
      deps.store.transaction(tenantId, (uow) => uow.scheduledMessages.update(id, change))
    const tellThem = async (change: ScheduledChange) =>
      tellScheduled(deps, { tenantId, userId: found.by.userId }, await settle(change))
    let sent: SentMessage
    try {
      const actor = actorOf(tenantId, found, standing, await deps.policies.of(tenantId))
      const message = { ...found.message!, clientId: id }
      if (attempt <= MOST_TRIES) sent = await sendMessage(deps, actor, message, { unattended: true })
      else sent = (await sentBefore(deps, actor, message)) ?? (await endedAll())
    } catch (err) {
      const refusal = err instanceof ParleyError ? err : undefined
      if (refusal?.code === 'unavailable' || (!refusal && attempt < TRIES)) throw err
      if (refusal?.code === 'rate_limited') {
        await settle({ status: 'scheduled' })
        return { againMs: refusal.retryAfterMs ?? AGAIN_MS }
      }
      // from here on it is among those that are held, under the same key
      const isHeld = refusal?.code === 'held_for_review'
      const { code, message } = refusal ?? { code: 'internal', message: 'Something went wrong on our side' }
      await tellThem({ status: 'failed', error: { code, message }, ...(isHeld && { message: null }) })
      if (!refusal) throw err
      return
    }
    const { id: messageId, conversationId } = sent.message
    await tellThem({ status: 'sent', message: null, messageId, conversationId, error: null })
    return
  }
}

const endedAll = () => Promise.reject(new Error('It ended each process that was to send it'))

/** Whoever scheduled it, as what they did; what the host has said of them since counts, though it makes nobody an admin. */
function actorOf(
  tenantId: string,
  { by, scheduled }: ScheduledRecord,
  standing: Standing | null,
  policy: Policy,
): Actor {
  const { userId } = by
  const actor: Actor = { tenantId, userId, name: null, avatarUrl: null, role: by.role, hostRole: by.hostRole }
  if (standing?.roleSaidAt == null || standing.roleSaidAt <= Date.parse(scheduled.updatedAt)) return actor
  const said: Actor = { ...actor, role: 'user', hostRole: standing.hostRole }
  return systemRole(policy, said) === 'user' ? said : { ...said, hostRole: null }
}
