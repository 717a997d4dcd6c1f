import { type Actor, ParleyError, type Policy } from '@parley/contracts'
import type { UnitOfWork } from '../ports.ts'

interface Named {
  userId: string
  /** Where the caller named them. */
  pointer: string
}

/**
 * Refuses ids that nobody has, where the tenant's policy says so: what is mistyped would be a person who never reads. The
 * words are those for whom one may not know of. The host's backend may name anybody: whom it names exists.
 */
export async function requireKnown(
  uow: UnitOfWork,
  actor: Actor,
  policy: Policy,
  people: readonly Named[],
): Promise<void> {
  const refusal = await refusalOfUnknown(uow, actor, policy, people)
  if (refusal) throw refusal
}

/** What `requireKnown` would throw. */
export async function refusalOfUnknown(
  uow: UnitOfWork,
  actor: Actor,
  { users }: Policy,
  people: readonly Named[],
): Promise<ParleyError | undefined> {
  if (!users.mustExist || actor.role === 'service') return undefined
  const unknown = new Set(await uow.users.unknownAmong(people.map(({ userId }) => userId)))
  const errors = people
    .filter(({ userId }) => unknown.has(userId))
    .map(({ pointer }) => ({ pointer, code: 'unknown', detail: 'is no user' }))
  return errors.length > 0 ? new ParleyError('not_found', 'No such user', { errors }) : undefined
}
