import { type Actor, type CreateReport, type Report, shownContent, type UserProfile } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import { findMadeBefore, type KeyedCall, madeBefore } from '../made-before.ts'
import type { NewReport } from '../ports/reports.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchConversation, noSuchMessage, noSuchUser } from '../refusals.ts'

/**
 * Puts a message, a conversation or a user before the tenant's admins, with what it said or was called at that time. Nobody reports
 * what they have not seen. Who reports again what they have an open report of counts that up.
 */
export async function report(
  { store, newId, reportsChanged }: Deps,
  actor: Actor,
  input: CreateReport,
): Promise<{ report: Report; created: boolean }> {
  const given = [input.messageId, input.conversationId, input.userId].filter((one) => one !== undefined)
  if (given.length !== 1)
    throw invalidField('/messageId', 'target', 'or /conversationId or /userId has to be given, and only one of them')
  const made = await store.transaction(actor.tenantId, async (uow) => {
    const id = newId()
    const { reason } = input
    const note = input.note === undefined ? null : keptText(input.note, '/note')
    const call = keyedCall(input)
    const before = await madeBefore(uow, actor, { ...call, id, noun: 'report' })
    if (before !== undefined) return asMade(uow, before, input)
    const subject = await subjectOf(uow, actor, input)
    const opened = await uow.reports.open({ id, reporterId: actor.userId, ...subject, reason, note })
    const { operation, clientId: key } = call
    if (!opened.created && key !== undefined)
      await uow.idempotencyKeys.settle({ userId: actor.userId, operation, key, result: opened.report.id })
    return { ...opened, report: asSaid(opened.report, input) }
  })
  if (made.created) reportsChanged(actor.tenantId)
  return made
}

/** What an earlier call with the same key and body made. */
export async function reportedBefore(
  { store }: Deps,
  actor: Actor,
  input: CreateReport,
): Promise<{ report: Report; created: boolean } | undefined> {
  return store.snapshot(actor.tenantId, async (uow) => {
    const before = await findMadeBefore(uow, actor, keyedCall(input))
    return before === undefined ? undefined : asMade(uow, before, input)
  })
}

const keyedCall = ({ clientId, ...said }: CreateReport): KeyedCall => ({ operation: 'report', clientId, body: [said] })

async function asMade(uow: UnitOfWork, id: string, input: CreateReport): Promise<{ report: Report; created: boolean }> {
  return { report: asSaid((await uow.reports.find(id))!, input), created: false }
}

/**
 * As this call says it, the first time and when it is repeated: what was said before it or after is of other calls, and what the
 * admins have decided and noted is theirs.
 */
const asSaid = (report: Report, { reason, note }: CreateReport): Report => ({
  ...report,
  reason,
  note: note === undefined ? null : shownContent(note),
  status: 'open',
  resolution: null,
  resolvedBy: null,
  resolvedAt: null,
})

type Subject = Pick<NewReport, 'messageId' | 'conversationId' | 'userId' | 'snapshot'>

/** What is reported, and how it is now. */
async function subjectOf(
  uow: UnitOfWork,
  actor: Actor,
  { messageId, conversationId, userId }: CreateReport,
): Promise<Subject> {
  if (messageId !== undefined) {
    const message = await uow.messages.findVisible(actor.userId, messageId)
    if (!message) throw noSuchMessage()
    const { sender, content, payload, attachments } = message
    const attachmentNames = attachments.map(({ name }) => name)
    const snapshot = { ...nameOf(sender), content, payload, ...(attachmentNames.length > 0 && { attachmentNames }) }
    return { messageId, conversationId: message.conversationId, userId: message.senderId, snapshot }
  }
  if (conversationId !== undefined) {
    // who has left it as well: that it is there they know
    if (!(await uow.participants.find(conversationId, actor.userId))) throw noSuchConversation()
    const { title, pictureUrl } = (await uow.conversations.loadShared([conversationId])).get(conversationId)!
    return { messageId: null, conversationId, userId: null, snapshot: { title, pictureUrl } }
  }
  const isKnown = userId === actor.userId || (await uow.participants.haveMet(actor.userId, userId!))
  const user = isKnown ? await uow.users.find(userId!) : null
  if (!user) throw noSuchUser()
  return { messageId: null, conversationId: null, userId: userId!, snapshot: nameOf(user) }
}

const nameOf = ({ name, avatarUrl }: UserProfile) => ({ name, avatarUrl })
