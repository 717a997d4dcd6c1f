import type { Context, Policy } from '@parley/contracts'
import { changesOf } from '../conversations/conversation-changes.ts'
import { applyBlocks } from '../participants/apply-blocks.ts'
import { contextRule } from '../policy/effective-policy.ts'
import type { ConversationRecord, ConversationState } from '../ports/conversations.ts'
import type { UnitOfWork } from '../ports.ts'
import { stateFor, statusMark } from './context-state.ts'

/**
 * Conversations told, comings and goings of one transaction: at two milliseconds to the database it is done well before the
 * deadline. A larger change takes several, each of which leaves a state that holds.
 */
const MAX_CHANGES = 25

/** How far the conversations of a context have been brought, in the order of their ids. */
export interface Progress {
  after: string | null
  /** The next one has been told of the context, and not yet of all who come and go. */
  toldNext: boolean
}

/**
 * Brings a context's conversations to what the context says: first their status, then who is in them. The context's row is
 * locked. `isRenamed`: what it tells of the context has changed; `isRestated`: its status has. Returns null when all is done, or else where to go on in
 * another transaction.
 */
export async function syncConversations(
  uow: UnitOfWork,
  policy: Policy,
  context: Context,
  newId: () => string,
  { isRenamed, isRestated, from }: { isRenamed: boolean; isRestated: boolean; from: Progress },
): Promise<Progress | null> {
  // Without one the type is none of the tenant's any more: whoever leaves the context leaves all the same.
  const rule = contextRule(policy, context.type)
  // Who is let in may have blocked the other, or been blocked: whoever blocks meanwhile waits for this, and finds them.
  if (policy.blocking.contexts)
    await uow.users.lock(
      context.members.map(({ userId }) => userId),
      'start',
    )
  const conversations = await uow.conversations.lockOfContext(context, from.after, MAX_CHANGES)
  const state = rule && stateFor(rule, context, await uow.now())
  const roles = new Map(context.members.map(({ userId, role }) => [userId, role]))
  let left = MAX_CHANGES
  let { after, toldNext } = from
  for (const conversation of conversations) {
    if (left <= 0) return { after, toldNext: false }
    const changes = changesOf(uow, conversation)
    const isHeld = conversation.held && !(isRestated && conversation.stored.status === 'active')
    if (state && !isHeld && !isSame(conversation, state)) {
      await changes.setState(state)
      // what has run out and was not marked yet is marked now
      if (conversation.stored.status !== state.status) await changes.say(statusMark(newId(), state))
      left--
    } else if (isRenamed && !toldNext) {
      await changes.touch()
      left--
    }
    const people = await uow.participants.everybody(conversation.id)
    const before = left
    for (const { userId, role, via, active } of people) {
      if (!active || via !== 'context' || left <= 0) continue
      const now = roles.get(userId)
      if (now === role) continue
      if (now === undefined) await changes.leave(userId)
      else await changes.setRole(userId, now)
      left--
    }
    const present = new Set(people.flatMap(({ userId, active }) => (active ? [userId] : [])))
    // Of a pair, only those two come, and come back.
    const pair = new Set(people.flatMap(({ userId, via }) => (via === 'context' ? [userId] : [])))
    for (const [userId, role] of roles) {
      if (present.has(userId) || left <= 0) continue
      if (rule?.conversation !== 'one' && !(rule?.conversation === 'per_pair' && pair.has(userId))) continue
      await changes.join({ userId, role, via: 'context', history: policy.groups.history })
      left--
    }
    if (conversation.blockable && left < before) await applyBlocks(uow, conversation.id)
    // There may be more of them: another transaction looks.
    if (left <= 0) return { after, toldNext: true }
    after = conversation.id
    toldNext = false
  }
  return conversations.length < MAX_CHANGES ? null : { after, toldNext: false }
}

function isSame({ stored }: ConversationRecord, state: ConversationState): boolean {
  const { status, reason, next } = state
  return (
    stored.status === status &&
    stored.reason === reason &&
    stored.next?.status === next?.status &&
    stored.next?.reason === next?.reason &&
    stored.next?.at === next?.at
  )
}
