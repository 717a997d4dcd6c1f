import {
  type ActOnMessage,
  type Actor,
  type ChosenTime,
  kindOf,
  type Message,
  type MessageAction,
  type MessageTransition,
  ParleyError,
  type Party,
  type Policy,
  type StateMachine,
  tryMove,
} from '@parley/contracts'
import { audit } from '../admin/audit.ts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import { type LockedMessage, lockAnyMessage, lockMessage, requireSpeaker } from '../messages/lock-message.ts'
import type { ParticipantRecord } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'
import { blocked, disabled, invalidField, noSuchUser, requireOrdinaryId } from '../refusals.ts'
import { type CounterOffer, counterOffer, isSameCounter, toCounterOffer } from './counter-offer.ts'
import { alreadyDecided, expiry, isOverdue, moveMessage, stateOf } from './move-message.ts'
import { isOtherSide } from './sides.ts'

/** What two agree on: not with whom one has blocked, and not with who is not there any more. */
const agreeing: readonly MessageAction[] = ['accept', 'confirm', 'counter']

/** Who acts, and whether in an office, which is no matter of being in the conversation. */
interface Acting {
  actor: Actor
  office: 'admin' | 'host' | null
}

/**
 * Does what one side may do to an offer or a booking request. Whatever was decided first counts; the same action again, by the same
 * one, is answered with the message as it is now. What is overdue expires by this call, if it has not yet.
 */
export async function actOnMessage(deps: Deps, given: Actor, input: ActOnMessage): Promise<Message> {
  const policy = await deps.policies.of(given.tenantId)
  const { messageId, action, chosen } = input
  const reason = input.reason === undefined ? undefined : keptText(input.reason, '/reason')
  if (chosen && action !== 'confirm') throw invalidField('/chosen', 'action', 'is for confirming a booking request')
  const acting = actingOf(given, input, policy)
  const counter = await toCounterOffer(deps, given, input, policy)
  const { message, isLate } = await deps.store.transaction(given.tenantId, async (uow) => {
    if (input.as !== undefined) await requireKnown(uow, input.as)
    const locked = await lockActed(uow, acting, messageId)
    const { conversation, message } = locked
    const { states } = kindOf(message.type)
    if (!states) throw noSuchAction(action, message)
    const repeated = await isRepeat(uow, acting, message, { action, chosen, counter })
    if (repeated) return { message, isLate: false }
    if (message.deletedAt !== null) throw new ParleyError('forbidden', 'This message was deleted')
    if (!acting.office) requireSpeaker({ ...locked, self: locked.self! })
    const party = await partyOf(uow, acting, locked, { states, action })
    if (isParticipant(party)) await requireAble(uow, locked, action, party)
    if (await isOverdue(uow, states, message))
      return { message: await moveMessage(deps, uow, locked, expiry), isLate: true }
    const outcome = tryMove(states, action, { status: stateOf(message).status, party })
    if ('refusal' in outcome) throw refusalOf(outcome.refusal, action, message)
    const move = { move: action, to: outcome.to, party, by: acting.actor.userId, reason }
    if (acting.office && !isParticipant(party))
      await audit(uow, acting.actor, 'message.acted_on', conversation.id, { messageId, seq: message.seq, action })
    if (counter) return { message: await counterOffer(deps, uow, locked, move, { ...counter, policy }), isLate: false }
    const time = action === 'confirm' ? chosenTime(message, chosen, await uow.now()) : null
    return { message: await moveMessage(deps, uow, locked, { ...move, chosen: time }), isLate: false }
  })
  // that it has expired is committed, and told, though this call is refused
  if (isLate) throw alreadyDecided(message)
  return message
}

function actingOf(actor: Actor, { as }: ActOnMessage, { offers }: Policy): Acting {
  if (as !== undefined) {
    if (actor.role !== 'service')
      throw new ParleyError('forbidden', "Only the host's backend may act in the name of somebody")
    requireOrdinaryId(as, '/as')
    return { actor: { ...actor, userId: as, role: 'user' }, office: null }
  }
  if (actor.role === 'service') return { actor, office: 'host' }
  return { actor, office: actor.role === 'admin' && offers.adminMayAct ? 'admin' : null }
}

/** Known to Parley, so that a slip of the backend's does not make somebody up. */
async function requireKnown({ users }: UnitOfWork, userId: string): Promise<void> {
  const standing = await users.standing(userId)
  if (!standing) throw noSuchUser()
  if (standing.disabled) throw disabled()
}

type Acted = Omit<LockedMessage, 'self'> & { self: ParticipantRecord | null }

function lockActed(uow: UnitOfWork, { actor, office }: Acting, messageId: string): Promise<Acted> {
  return office ? lockAnyMessage(uow, actor, messageId) : lockMessage(uow, actor, messageId)
}

const isParticipant = (party: Party) => party === 'maker' || party === 'recipient'

/** In what right somebody does it: as one of the two sides, where that is enough, or in their office. */
async function partyOf(
  uow: UnitOfWork,
  { actor: { userId }, office }: Acting,
  { conversation, message, self }: Acted,
  { states, action }: { states: StateMachine; action: MessageAction },
): Promise<Party> {
  const { status } = stateOf(message)
  const may = (party: Party) => {
    const outcome = tryMove(states, action, { status, party })
    return 'to' in outcome || outcome.refusal !== 'not_theirs'
  }
  if (self?.active) {
    if (userId === message.senderId && may('maker')) return 'maker'
    const people = (await uow.participants.everybody([conversation.id])).get(conversation.id) ?? []
    const isOther = isOtherSide(conversation.kind, people, { makerId: message.senderId, userId })
    if (isOther && may('recipient')) return 'recipient'
  }
  if (office && may(office)) return office
  throw states.moves[action] ? notTheirs(action) : noSuchAction(action, message)
}

/** Whoever acts as one of the two writes to the other, and agrees only with somebody who is there. */
async function requireAble(uow: UnitOfWork, locked: Acted, action: MessageAction, party: Party): Promise<void> {
  const { conversation, message, self } = locked
  requireSpeaker({ ...locked, self: self! })
  if (!agreeing.includes(action)) return
  if (self!.blocked) throw blocked()
  if (party === 'maker') return
  const maker = await uow.participants.find(conversation.id, message.senderId)
  if (!maker?.active || (await uow.users.standing(message.senderId))?.disabled)
    throw new ParleyError('forbidden', 'Whoever made this is not here any more')
}

/** Whether the same one has done the same before. */
async function isRepeat(
  uow: UnitOfWork,
  { actor }: Acting,
  message: Message,
  { action, chosen, counter }: { action: MessageAction; chosen: ChosenTime | undefined; counter: CounterOffer | null },
): Promise<boolean> {
  const before = (await uow.transitions.of(message.id)).find((one) => one.action === action)
  if (!before || before.by !== actor.userId) return false
  if (counter) return isSameCounter(uow, message, before, counter)
  return !chosen || isSameTime(chosen, before)
}

const isSameTime = (chosen: ChosenTime, { chosen: before }: MessageTransition) =>
  before !== null && chosen.start === before.start && chosen.timeZone === before.timeZone

/** One of the times that were asked for, and that is still to come; a single one need not be named. */
function chosenTime(message: Message, given: ChosenTime | undefined, now: string): ChosenTime {
  const { requestedFor = [] } = stateOf(message)
  const chosen = given ?? (requestedFor.length === 1 ? requestedFor[0] : undefined)
  if (!chosen) throw invalidField('/chosen', 'required', 'is required where several times were asked for')
  const found = requestedFor.find(({ start, timeZone }) => start === chosen.start && timeZone === chosen.timeZone)
  if (!found) throw invalidField('/chosen', 'requestedFor', 'is none of the times that were asked for')
  if (Date.parse(found.start) <= Date.parse(now)) throw invalidField('/chosen', 'past', 'is past already')
  return found
}

function refusalOf(refusal: string, action: MessageAction, message: Message): ParleyError {
  if (refusal === 'already_decided') return alreadyDecided(message)
  return refusal === 'not_theirs' ? notTheirs(action) : noSuchAction(action, message)
}

const notTheirs = (action: MessageAction) => new ParleyError('forbidden', `It is not yours to ${action} this`)

const noSuchAction = (action: MessageAction, { type }: Message) =>
  invalidField('/action', 'type', `${action} is nothing that can be done to a message of type ${type}`)
