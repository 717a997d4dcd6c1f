import { type Actor, ParleyError, type Policy, type SentMessage } from '@parley/contracts'
import { systemRole } from '../access.ts'
import { NotChecked } from '../before-send/ask-host.ts'
import type { Deps } from '../deps.ts'
import { sendMessage } from '../messages/send-message.ts'
import { sentBefore } from '../messages/sent-before.ts'
import type { JobHandlers, JobPayloads } from '../ports/jobs.ts'
import type { ScheduledChange, ScheduledRecord } from '../ports/scheduled-messages.ts'
import type { Standing } from '../ports/users.ts'
import { tellScheduled } from '../scheduled/scheduled-messages.ts'

/** Who knows what broke: after so many tries its sender is told rather than left to wait. */
const TRIES = 3
/** Only what ends its process, each time, is tried more often. The tries that are left then are for saying so. */
const MOST_TRIES = 6
const AGAIN_MS = 1_000
/** A host that does not answer is asked again after so long, longer each time, and for so long. */
const UNCHECKED_AGAIN_MS = 5_000
const UNCHECKED_LONGEST_MS = 300_000
const UNCHECKED_FOR_MS = 3_600_000

/**
 * Sends what is due, by the rules as they are now. Its id is the key: done twice, it is one message. From the moment when it is
 * `sending` nobody changes it, so that what was sent is what is kept under that key.
 */
export function sendScheduled(deps: Deps): JobHandlers['send_scheduled'] {
  return async ({ tenantId, key: id, payload, attempt }) => {
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
      const isUnchecked = err instanceof NotChecked
      if (isUnchecked && (await checkLater(deps, tenantId, id, payload.unchecked))) return
      if ((refusal?.code === 'unavailable' && !isUnchecked) || (!refusal && attempt < TRIES)) throw err
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

/**
 * Has the host asked again later; until then it waits as before, for its sender to change and to cancel. False where the host has not
 * answered for long.
 */
function checkLater(
  { store }: Deps,
  tenantId: string,
  id: string,
  unchecked: JobPayloads['send_scheduled']['unchecked'],
): Promise<boolean> {
  return store.transaction(tenantId, async (uow) => {
    const now = await uow.now()
    const { since, times } = unchecked ?? { since: now, times: 0 }
    if (Date.parse(now) - Date.parse(since) >= UNCHECKED_FOR_MS) return false
    // another process may have settled it
    if ((await uow.scheduledMessages.lock(id))?.scheduled.status !== 'sending') return true
    await uow.scheduledMessages.update(id, { status: 'scheduled' })
    // no two alike, so that what came due together does not come again together
    const waitMs = Math.min(UNCHECKED_AGAIN_MS * 2 ** times, UNCHECKED_LONGEST_MS) * (0.75 + Math.random() / 2)
    await uow.jobs.schedule({
      kind: 'send_scheduled',
      key: id,
      dueAt: new Date(Date.parse(now) + waitMs).toISOString(),
      payload: { unchecked: { since, times: times + 1 } },
    })
    return true
  })
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
