import {
  type Actor,
  type ListScheduledMessages,
  MAX_SCHEDULED_DAYS,
  MAX_SCHEDULED_MESSAGES,
  type Page,
  ParleyError,
  type Policy,
  type ScheduledMessage,
  type ScheduledMessageRef,
  type ScheduleMessage,
  SYSTEM_USER_ID,
  type UpdateScheduledMessage,
} from '@parley/contracts'
import { type FilesOf, release } from '../attachments/claim-attachments.ts'
import { decodeActivityCursor, encodeActivityCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { findMadeBefore, type KeyedCall, madeBefore } from '../made-before.ts'
import { requireSendable } from '../messages/send-message.ts'
import { requireWriter } from '../participants/require-writer.ts'
import type { MessageToSend, ScheduledRecord, Scheduler } from '../ports/scheduled-messages.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchConversation } from '../refusals.ts'
import { filesOf, withClaimed, withExchanged } from './scheduled-files.ts'

const DAY_MS = 24 * 3_600_000

/** Keeps a message until its time, when it is looked at once more and sent. */
export async function scheduleMessage(
  deps: Deps,
  actor: Actor,
  input: ScheduleMessage,
): Promise<{ scheduled: ScheduledMessage; created: boolean }> {
  const { sendAt: _at, clientId: _key, ...message } = input
  const policy = await deps.policies.of(actor.tenantId)
  const { senderId } = requireSendable(actor, message, policy)
  const id = deps.newId()
  const files = filesOf(senderId, id, message)
  if (files) {
    const before = await scheduledBefore(deps, actor, input)
    if (before) return before
  }
  const made = await withClaimed(deps, actor, { files, message, policy }, () =>
    insertScheduled(deps, actor, input, { id, senderId }),
  )
  if (made.created) tellScheduled(deps, actor, made.scheduled)
  else if (files) release(deps, actor, files.key)
  return made
}

/** Of calls with the same key the first one inserts. */
function insertScheduled(
  { store }: Deps,
  actor: Actor,
  input: ScheduleMessage,
  { id, senderId }: { id: string; senderId: string },
): Promise<{ scheduled: ScheduledMessage; created: boolean }> {
  const { sendAt, clientId: _, ...message } = input
  return store.transaction(actor.tenantId, async (uow) => {
    const before = await madeBefore(uow, actor, { ...keyedCall(input), id, noun: 'scheduled message' })
    if (before !== undefined) return asMade(uow, before)
    const time = requireTime(sendAt, await uow.now())
    await requireTarget(uow, senderId, message)
    // of two who come at once each may be the last one
    if ((await uow.scheduledMessages.countWaiting(actor.userId)) >= MAX_SCHEDULED_MESSAGES)
      throw invalidField('/sendAt', 'maxItems', `would be one more than the ${MAX_SCHEDULED_MESSAGES} that may wait`)
    const scheduled = await uow.scheduledMessages.insert({ id, by: schedulerOf(actor), message, sendAt: time })
    await uow.jobs.schedule({ kind: 'send_scheduled', key: id, dueAt: time, payload: {} })
    return { scheduled, created: true }
  })
}

/** What an earlier call with the same key and body made. */
export async function scheduledBefore(
  { store }: Deps,
  actor: Actor,
  input: ScheduleMessage,
): Promise<{ scheduled: ScheduledMessage; created: boolean } | undefined> {
  return store.snapshot(actor.tenantId, async (uow) => {
    const before = await findMadeBefore(uow, actor, keyedCall(input))
    return before === undefined ? undefined : asMade(uow, before)
  })
}

/** The actor's that wait or have failed, the next one first. */
export async function listScheduledMessages(
  { store }: Deps,
  actor: Actor,
  { conversationId, limit = 20, cursor }: ListScheduledMessages,
): Promise<Page<ScheduledMessage>> {
  const after = cursor === undefined ? undefined : decodeActivityCursor(cursor)
  const found = await store.snapshot(actor.tenantId, ({ scheduledMessages }) =>
    scheduledMessages.list(actor.userId, { conversationId, after, limit: limit + 1 }),
  )
  const data = found.slice(0, limit)
  const hasMore = found.length > limit
  const last = data.at(-1)
  return {
    data,
    hasMore,
    nextCursor: hasMore && last ? encodeActivityCursor({ id: last.id, at: last.sendAt }) : null,
  }
}

/** Other words, or another time. One that failed waits again. */
export async function updateScheduledMessage(
  deps: Deps,
  actor: Actor,
  input: UpdateScheduledMessage,
): Promise<ScheduledMessage> {
  const policy = await deps.policies.of(actor.tenantId)
  const keep = () => keepChanges(deps, actor, input, policy)
  const scheduled = input.attachments === undefined ? await keep() : await exchanged(deps, actor, input, keep)
  tellScheduled(deps, actor, scheduled)
  return scheduled
}

/** With other files, which are claimed before anything is locked. */
async function exchanged(
  deps: Deps,
  actor: Actor,
  { scheduledMessageId: id, sendAt: _, ...changes }: UpdateScheduledMessage,
  keep: () => Promise<ScheduledMessage>,
): Promise<ScheduledMessage> {
  const policy = await deps.policies.of(actor.tenantId)
  const before = await deps.store.snapshot(actor.tenantId, ({ scheduledMessages }) => scheduledMessages.find(id))
  const waits = requireWaiting(requireOwn(before, actor))
  const message = { ...waits.message!, ...changes }
  const { senderId } = requireSendable(actor, message, policy)
  const files = filesOf(senderId, id, message)
  return withExchanged(deps, actor, filesOf(senderId, id, waits.message!), { files, message, policy }, keep)
}

function keepChanges(
  { store }: Deps,
  actor: Actor,
  { scheduledMessageId: id, sendAt, ...changes }: UpdateScheduledMessage,
  policy: Policy,
): Promise<ScheduledMessage> {
  return store.transaction(actor.tenantId, async (uow) => {
    const before = await lockWaiting(uow, actor, id)
    const message = { ...before.message!, ...changes }
    const { senderId } = requireSendable(actor, message, policy)
    const { status, sendAt: stored } = before.scheduled
    // The time of one that waits may have passed, while the host that is asked about it did not answer: it stays due.
    const stays = status === 'scheduled' && Date.parse(sendAt ?? stored) === Date.parse(stored)
    const time = stays ? stored : requireTime(sendAt ?? stored, await uow.now())
    await requireTarget(uow, senderId, message)
    await uow.jobs.schedule({ kind: 'send_scheduled', key: id, dueAt: time, payload: {} })
    const by = schedulerOf(actor)
    return uow.scheduledMessages.update(id, { status: 'scheduled', by, message, sendAt: time, error: null })
  })
}

export async function cancelScheduledMessage(
  deps: Deps,
  actor: Actor,
  { scheduledMessageId: id }: ScheduledMessageRef,
): Promise<Record<string, never>> {
  let files: FilesOf | null | undefined
  const cancelled = await deps.store.transaction(actor.tenantId, async (uow) => {
    if ((await ownLocked(uow, actor, id)).scheduled.status === 'cancelled') return undefined
    const { message } = await lockWaiting(uow, actor, id)
    files = message && filesOf(message.as ?? actor.userId, id, message)
    await uow.jobs.cancel('send_scheduled', id)
    return uow.scheduledMessages.update(id, { status: 'cancelled', message: null, error: null })
  })
  if (cancelled) tellScheduled(deps, actor, cancelled)
  if (files) release(deps, actor, files.key)
  return {}
}

/** Says to all sockets of who scheduled it how it stands. */
export function tellScheduled(
  { tell }: Pick<Deps, 'tell'>,
  { tenantId, userId }: Pick<Actor, 'tenantId' | 'userId'>,
  scheduled: ScheduledMessage,
): void {
  tell({ kind: 'scheduled_message_changed', tenantId, userId, scheduled })
}

const keyedCall = ({ clientId, ...said }: ScheduleMessage): KeyedCall => ({
  operation: 'schedule',
  clientId,
  body: [said],
})

const schedulerOf = ({ userId, role, hostRole }: Actor): Scheduler => ({ userId, role, hostRole })

async function asMade(uow: UnitOfWork, id: string): Promise<{ scheduled: ScheduledMessage; created: boolean }> {
  return { scheduled: (await uow.scheduledMessages.find(id))!.scheduled, created: false }
}

/** The time as it is kept. */
function requireTime(sendAt: string, now: string): string {
  const at = Date.parse(sendAt)
  if (Number.isNaN(at)) throw invalidField('/sendAt', 'format', 'is no time')
  if (at <= Date.parse(now)) throw invalidField('/sendAt', 'past', 'is not in the future')
  if (at > Date.parse(now) + MAX_SCHEDULED_DAYS * DAY_MS)
    throw invalidField('/sendAt', 'maximum', `is more than ${MAX_SCHEDULED_DAYS} days ahead`)
  return new Date(at).toISOString()
}

/** Refuses a conversation that the sender may not write to now. One that the message finds or makes is looked for when it is due. */
async function requireTarget(uow: UnitOfWork, senderId: string, { conversationId }: MessageToSend): Promise<void> {
  if (conversationId === undefined) return
  if (senderId !== SYSTEM_USER_ID) await requireWriter(uow, conversationId, senderId)
  else if (!(await uow.conversations.loadShared([conversationId])).has(conversationId)) throw noSuchConversation()
}

async function ownLocked(uow: UnitOfWork, actor: Actor, id: string): Promise<ScheduledRecord> {
  return requireOwn(await uow.scheduledMessages.lock(id), actor)
}

function requireOwn(found: ScheduledRecord | null, { userId }: Actor): ScheduledRecord {
  if (found?.by.userId !== userId) throw new ParleyError('not_found', 'No such scheduled message')
  return found
}

async function lockWaiting(uow: UnitOfWork, actor: Actor, id: string): Promise<ScheduledRecord> {
  return requireWaiting(await ownLocked(uow, actor, id))
}

/** Refuses one whose time has come. */
function requireWaiting(found: ScheduledRecord): ScheduledRecord {
  const { status } = found.scheduled
  if (found.message && (status === 'scheduled' || status === 'failed')) return found
  throw new ParleyError('already_decided', status === 'cancelled' ? 'It was cancelled' : 'Its time has come')
}
