import { type Actor, hostMoveTo, kindOf, type Message, type SetMessageState, tryMove } from '@parley/contracts'
import { requireService } from '../access.ts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import { lockAnyMessage } from '../messages/lock-message.ts'
import { invalidField } from '../refusals.ts'
import { alreadyDecided, expiry, isOverdue, moveMessage, stateOf } from './move-message.ts'

/** The host's backend says that what was agreed is done, or refuses it: whatever has become of the conversation. */
export async function setMessageState(
  deps: Deps,
  actor: Actor,
  { messageId, status, reason: given }: SetMessageState,
): Promise<Message> {
  requireService(actor)
  const reason = given === undefined ? undefined : keptText(given, '/reason')
  const { message, isLate } = await deps.store.transaction(actor.tenantId, async (uow) => {
    const locked = await lockAnyMessage(uow, actor, messageId)
    const { message } = locked
    const { states } = kindOf(message.type)
    const move = states && hostMoveTo(states, status)
    if (!states || !move)
      throw invalidField('/status', 'type', `is no state of a message of type ${message.type} that the host sets`)
    if (message.deletedAt !== null) throw invalidField('/messageId', 'deleted', 'is a message that was deleted')
    if (stateOf(message).status === status) return { message, isLate: false }
    if (await isOverdue(uow, states, message))
      return { message: await moveMessage(deps, uow, locked, expiry), isLate: true }
    const outcome = tryMove(states, move, { status: stateOf(message).status, party: 'host' })
    if ('refusal' in outcome) throw alreadyDecided(message)
    const by = { move, to: outcome.to, party: 'host' as const, by: actor.userId, reason }
    return { message: await moveMessage(deps, uow, locked, by), isLate: false }
  })
  if (isLate) throw alreadyDecided(message)
  return message
}
