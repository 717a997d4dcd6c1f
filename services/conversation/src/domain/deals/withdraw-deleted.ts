import { isAgreed, kindOf, type ParleyError, tryMove } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { UnitOfWork } from '../ports.ts'
import { alreadyDecided, type Movable, moveMessage, stateOf } from './move-message.ts'

/**
 * What its maker deletes, they take back first: the host and the other side hear of it. What both have agreed on neither takes from
 * the other: the refusal is answered. The conversation is locked.
 */
export async function withdrawDeleted(
  deps: Pick<Deps, 'newId'>,
  uow: UnitOfWork,
  movable: Movable,
  by: string,
): Promise<ParleyError | undefined> {
  const { message } = movable
  const { states } = kindOf(message.type)
  if (!states) return undefined
  const { status } = stateOf(message)
  if (isAgreed(states, status)) return alreadyDecided(message)
  const outcome = tryMove(states, states.takeBack, { status, party: 'maker' })
  if ('to' in outcome)
    await moveMessage(deps, uow, movable, { move: states.takeBack, to: outcome.to, party: 'maker', by })
  return undefined
}
