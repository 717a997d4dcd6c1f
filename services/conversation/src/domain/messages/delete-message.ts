import {
  type Actor,
  type Change,
  type DeletedMessages,
  type DeleteMessage,
  type DeleteMessages,
  hiddenFrom,
  type Message,
  ParleyError,
  toErrorBody,
} from '@parley/contracts'
import { withdrawDeleted } from '../deals/withdraw-deleted.ts'
import type { Deps } from '../deps.ts'
import { scheduleErasing } from '../jobs/erase-events.ts'
import type { ConversationRecord } from '../ports/conversations.ts'
import type { UnitOfWork } from '../ports.ts'
import { noSuchMessage } from '../refusals.ts'
import { requireOwn, requireSpeaker, requireWithin } from './lock-message.ts'

/** What came of each message: itself, as it is now, or why not. */
type Outcomes = Map<string, Message | ParleyError>

/**
 * Deletes an own message for everyone, of which its place stays as a tombstone, or any message for the actor alone. Deleting it again
 * changes nothing.
 */
export async function deleteMessage(deps: Deps, actor: Actor, { messageId, ...how }: DeleteMessage): Promise<Message> {
  const outcome = (await deleteAll(deps, actor, { messageIds: [messageId], ...how })).get(messageId)!
  if (outcome instanceof ParleyError) throw outcome
  return outcome
}

/** The same of many: each by itself, whatever becomes of the others. */
export async function deleteMessages(deps: Deps, actor: Actor, input: DeleteMessages): Promise<DeletedMessages> {
  const outcomes = await deleteAll(deps, actor, input)
  return {
    data: input.messageIds.map((messageId) => {
      const outcome = outcomes.get(messageId)!
      if (!(outcome instanceof ParleyError)) return { messageId, message: outcome, error: null }
      const { code, message } = toErrorBody(outcome)
      return { messageId, message: null, error: { code, message } }
    }),
  }
}

async function deleteAll(
  { store, policies, newId, tell }: Deps,
  actor: Actor,
  { messageIds, for: forWhom = 'everyone' }: DeleteMessages,
): Promise<Outcomes> {
  const { deleteWindowSeconds } = (await policies.of(actor.tenantId)).messages
  const ids = [...new Set(messageIds)]
  const gone: Message[] = []
  const outcomes = await store.transaction(actor.tenantId, async (uow) => {
    gone.length = 0 // of an attempt that found a row locked
    const locked = await lockMessages(uow, ids, (some) =>
      forWhom === 'me' ? uow.messages.visibleTo(actor.userId, some) : theirsToDelete(uow, actor, some),
    )
    const outcomes: Outcomes = new Map(ids.map((id) => [id, noSuchMessage()]))
    if (forWhom === 'me') {
      for (const message of await uow.hidden.find(actor.userId, ids)) outcomes.set(message.id, message)
      for (const { conversation, messages } of locked) await hide(uow, actor, conversation, messages, outcomes)
      return outcomes
    }
    const now = await uow.now()
    for (const { conversation, messages } of locked) {
      // whoever sees a message, or would see it had they not hidden it, is in its conversation
      const self = (await uow.participants.find(conversation.id, actor.userId))!
      const going = messages.filter((message) => {
        outcomes.set(message.id, message)
        try {
          requireOwn(actor, message)
          requireSpeaker({ conversation, self })
          if (message.deletedAt !== null) return false
          requireWithin(deleteWindowSeconds, message, now, 'deleted')
          return true
        } catch (err) {
          if (!(err instanceof ParleyError)) throw err
          outcomes.set(message.id, err)
          return false
        }
      })
      const withdrawn: Message[] = []
      for (const message of going) {
        const refusal = await withdrawDeleted({ newId }, uow, { conversation, message }, actor.userId)
        if (refusal) outcomes.set(message.id, refusal)
        else withdrawn.push(message)
      }
      const buried = await bury(uow, actor, conversation, withdrawn)
      for (const message of buried) {
        outcomes.set(message.id, message)
        gone.push(message)
      }
    }
    if (gone.length > 0) await scheduleErasing(uow, gone)
    return outcomes
  })
  if (gone.length > 0) {
    const messages = gone.map(({ id: messageId, conversationId }) => ({ conversationId, messageId }))
    tell({ kind: 'messages_deleted', tenantId: actor.tenantId, messages })
  }
  return outcomes
}

/** Those that the actor sees, and their own that they had deleted for themself before: the others read those still. */
async function theirsToDelete(uow: UnitOfWork, actor: Actor, ids: readonly string[]): Promise<Message[]> {
  const seen = await uow.messages.visibleTo(actor.userId, ids)
  if (seen.length === ids.length) return seen
  const unseen = ids.filter((id) => !seen.some((message) => message.id === id))
  const hidden = await uow.hidden.find(actor.userId, unseen)
  return [...seen, ...hidden.filter(({ senderId }) => senderId === actor.userId)]
}

/** What `find` finds, by conversations, which are locked in the order of their ids; looked at twice: see `lockMessage`. */
async function lockMessages(
  uow: UnitOfWork,
  ids: readonly string[],
  find: (ids: readonly string[]) => Promise<Message[]>,
) {
  const before = await find(ids)
  const conversations = await uow.conversations.lockAll([
    ...new Set(before.map(({ conversationId }) => conversationId)),
  ])
  const found = await find(before.map(({ id }) => id))
  return conversations.map((conversation) => ({
    conversation,
    messages: found.filter(({ conversationId }) => conversationId === conversation.id),
  }))
}

async function hide(
  uow: UnitOfWork,
  { userId }: Actor,
  { id }: ConversationRecord,
  messages: readonly Message[],
  outcomes: Outcomes,
): Promise<void> {
  if (messages.length === 0) return
  await uow.hidden.add(
    userId,
    id,
    messages.map(({ seq }) => seq),
  )
  for (const message of messages) outcomes.set(message.id, message)
  uow.tellOwn(
    { conversationId: id, userId },
    messages.map((message) => hiddenFrom(userId, message)),
  )
}

/** Makes tombstones of a conversation's messages: each is a revision and an event of its own. */
async function bury(
  uow: UnitOfWork,
  { userId }: Actor,
  conversation: ConversationRecord,
  messages: readonly Message[],
): Promise<Message[]> {
  if (messages.length === 0) return []
  const { id: conversationId, seq, participantsVersion, participantCount } = conversation
  const graves = messages.map(({ id }) => ({ id, rev: ++conversation.rev }))
  await uow.conversations.move([{ ...conversation, changedRev: null, contextRev: null, contextBy: null }])
  const buried = await uow.messages.tombstones(graves, userId)
  const audienceOf = await uow.participants.liveAudiences(
    conversationId,
    participantsVersion,
    participantCount,
    buried.map((message) => message.seq),
  )
  await uow.recordAll(
    buried.map((message) => {
      const change: Change = { type: 'message.deleted', message }
      const head = { seq, rev: message.rev }
      return { change, place: { conversationId, head, members: audienceOf(message.seq) } }
    }),
  )
  return buried
}
