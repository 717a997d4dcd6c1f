import type { Actor, CreateReport, Report } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { findMadeBefore, type KeyedCall, madeBefore } from '../made-before.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchConversation, noSuchMessage, noSuchUser } from '../refusals.ts'
import { isKnownTo } from './block-users.ts'

/** Puts a message, a conversation or a user before the tenant's admins. Nobody reports what they cannot see. */
export async function report(
  { store, newId }: Deps,
  actor: Actor,
  input: CreateReport,
): Promise<{ report: Report; created: boolean }> {
  const given = [input.messageId, input.conversationId, input.userId].filter((one) => one !== undefined)
  if (given.length !== 1)
    throw invalidField('/messageId', 'target', 'or /conversationId or /userId has to be given, and only one of them')
  return store.transaction(actor.tenantId, async (uow) => {
    const id = newId()
    const before = await madeBefore(uow, actor, { ...keyedCall(input), id, noun: 'report' })
    if (before !== undefined) return asMade(uow, before)
    const subject = await subjectOf(uow, actor, input)
    const { reason, note = null } = input
    return {
      report: await uow.reports.insert({ id, reporterId: actor.userId, ...subject, reason, note }),
      created: true,
    }
  })
}

/** What an earlier call with the same key and body made. */
export async function reportedBefore(
  { store }: Deps,
  actor: Actor,
  input: CreateReport,
): Promise<{ report: Report; created: boolean } | undefined> {
  return store.snapshot(actor.tenantId, async (uow) => {
    const before = await findMadeBefore(uow, actor, keyedCall(input))
    return before === undefined ? undefined : asMade(uow, before)
  })
}

const keyedCall = ({ clientId, ...said }: CreateReport): KeyedCall => ({ operation: 'report', clientId, body: [said] })

/** As it was made: what the admins have decided and noted since is theirs. */
async function asMade(uow: UnitOfWork, id: string): Promise<{ report: Report; created: boolean }> {
  const made = (await uow.reports.find(id))!
  return {
    report: { ...made, status: 'open', resolution: null, resolvedBy: null, resolvedAt: null },
    created: false,
  }
}

async function subjectOf(uow: UnitOfWork, actor: Actor, { messageId, conversationId, userId }: CreateReport) {
  if (messageId !== undefined) {
    const message = await uow.messages.findVisible(actor.userId, messageId)
    if (!message) throw noSuchMessage()
    return { messageId, conversationId: message.conversationId, userId: message.senderId }
  }
  if (conversationId !== undefined) {
    if (!(await uow.participants.find(conversationId, actor.userId))?.active) throw noSuchConversation()
    return { messageId: null, conversationId, userId: null }
  }
  if (!(await isKnownTo(uow, actor.userId, userId!))) throw noSuchUser()
  return { messageId: null, conversationId: null, userId: userId! }
}
