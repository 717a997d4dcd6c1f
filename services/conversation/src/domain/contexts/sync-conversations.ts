import type { Context, ContextRule, Policy } from '@parley/contracts'
import { applySteps, type Plan, type Step } from '../conversations/apply-steps.ts'
import { applyBlocks } from '../participants/apply-blocks.ts'
import { contextRule } from '../policy/effective-policy.ts'
import type { Untold } from '../ports/contexts.ts'
import type { ConversationRecord, ConversationState } from '../ports/conversations.ts'
import type { ParticipantRecord } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'
import { stateFor, statusMark } from './context-state.ts'

/**
 * Conversations told, comings and goings of one transaction: few enough that whoever waits for the database in between waits a
 * moment. A larger change takes several transactions, each of which leaves a state that holds.
 */
const MAX_CHANGES = 50

/**
 * Brings a context's conversations to what the context says: first their status, then who is in them. The context's row is
 * locked. Returns null when all is done, or else where to go on in another transaction.
 */
export async function syncConversations(
  uow: UnitOfWork,
  policy: Policy,
  context: Context,
  newId: () => string,
  from: Untold,
): Promise<Untold | null> {
  const { renamed, restated } = from
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
  const people = await uow.participants.everybody(conversations.map(({ id }) => id))
  const roles = new Map(context.members.map(({ userId, role }) => [userId, role]))
  const plans: Plan[] = []
  const regrouped: string[] = []
  let left = MAX_CHANGES
  let { after, toldNext } = from
  for (const conversation of conversations) {
    const steps: Step[] = []
    const isFor = (change: Untold['renamed' | 'restated']) =>
      change !== null && (change.after === null || conversation.id > change.after)
    const ofContext = renamed && isFor(renamed) ? { by: renamed.by } : undefined
    const isHeld = conversation.held && !(isFor(restated) && conversation.stored.status === 'active')
    if (state && !isHeld && !isSame(conversation, state)) {
      steps.push({ kind: 'state', state, ofContext })
      // what has run out and was not marked yet is marked now
      if (conversation.stored.status !== state.status) steps.push({ kind: 'say', message: statusMark(newId(), state) })
      left--
    } else if (ofContext && !toldNext) {
      steps.push({ kind: 'touch', ofContext })
      left--
    }
    const present = people.get(conversation.id)!
    const moves = movesOf(present, roles, rule, policy)
    const taken = moves.slice(0, left)
    steps.push(...taken)
    if (conversation.blockable && changesBlocking(present, taken)) steps.push({ kind: 'touch' })
    left -= Math.min(moves.length, left)
    plans.push({ conversation, steps })
    if (conversation.blockable && moves.length > 0) regrouped.push(conversation.id)
    // There may be more of them: another transaction looks.
    toldNext = taken.length < moves.length
    if (!toldNext) after = conversation.id
    if (left <= 0) break
  }
  await applySteps(uow, plans)
  await applyBlocks(uow, regrouped)
  if (left <= 0) return { ...from, after, toldNext }
  return conversations.length < MAX_CHANGES ? null : { ...from, after, toldNext: false }
}

/** Whether a block counts after the steps and did not before, or the other way round: it does while two talk. */
function changesBlocking(people: readonly ParticipantRecord[], steps: readonly Step[]): boolean {
  const before = people.filter(({ active, via }) => active && via !== 'admin').length
  const come = steps.filter(({ kind }) => kind === 'join').length
  const gone = steps.filter(({ kind }) => kind === 'leave').length
  return (before === 2) !== (before + come - gone === 2)
}

/** Who has to leave, to have another role, and to come, so that those are in a conversation whom its context names. */
function movesOf(
  people: readonly ParticipantRecord[],
  roles: ReadonlyMap<string, string>,
  rule: ContextRule | undefined,
  { groups: { history } }: Policy,
): Step[] {
  const moves: Step[] = []
  for (const { userId, role, via, active } of people) {
    if (!active || via !== 'context') continue
    const now = roles.get(userId)
    if (now === undefined) moves.push({ kind: 'leave', userId })
    else if (now !== role) moves.push({ kind: 'role', userId, role: now })
  }
  const present = new Set(people.flatMap(({ userId, active }) => (active ? [userId] : [])))
  // Of a pair, only those two come, and come back.
  const pair = new Set(people.flatMap(({ userId, via }) => (via === 'context' ? [userId] : [])))
  for (const [userId, role] of roles) {
    if (present.has(userId)) continue
    if (rule?.conversation === 'one' || (rule?.conversation === 'per_pair' && pair.has(userId)))
      moves.push({ kind: 'join', newcomer: { userId, role, via: 'context', history } })
  }
  return moves
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
