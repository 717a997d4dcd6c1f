import { type Actor, ParleyError, type RateRule } from '@parley/contracts'
import { bodyHash } from './body-hash.ts'
import type { Deps } from './deps.ts'
import type { UnitOfWork } from './ports.ts'
import { keyReused } from './refusals.ts'

/** A call that makes something under a key. */
export interface KeyedCall {
  operation: string
  /** Chosen by the caller; without one nothing has been made before. */
  clientId: string | undefined
  /** What makes the call another one. */
  body: unknown[]
}

export interface Making extends KeyedCall {
  /** The id of what this call makes, when it is the first. */
  id: string
  /** What it is, in the words of the refusal. */
  noun: string
}

/**
 * The id of what an earlier call with the same key and body made; undefined for the first one, which has the key from now on.
 * Refuses a key that was used with another body: `key_reused`.
 */
export async function madeBefore(
  { idempotencyKeys }: UnitOfWork,
  actor: Actor,
  { operation, clientId, body, id, noun }: Making,
): Promise<string | undefined> {
  if (clientId === undefined) return undefined
  const hash = bodyHash(body)
  const key = await idempotencyKeys.take({
    userId: actor.userId,
    operation,
    key: clientId,
    bodyHash: hash,
    result: id,
  })
  if (key.taken) return undefined
  if (key.bodyHash !== hash) throw keyReused(noun)
  return key.result
}

/** The same, without taking the key. */
export async function findMadeBefore(
  { idempotencyKeys }: UnitOfWork,
  { userId }: Actor,
  { operation, clientId, body }: KeyedCall,
): Promise<string | undefined> {
  const key = clientId === undefined ? null : await idempotencyKeys.find({ userId, operation, key: clientId })
  return key?.bodyHash === bodyHash(body) ? key.result : undefined
}

/** Of these no earlier result is an answer: another body's, or nobody can say now. */
const notAnswered: readonly string[] = ['key_reused', 'unauthenticated', 'unavailable', 'internal']

/**
 * A call with a key, in the right of the actor: what it answered when it was made is what its repeat is answered, though
 * policy, blocks, the conversation's end or a rate limit would refuse it by now. Only who is disabled is told so. It is looked
 * for when the call is refused, so that the others pay nothing; in turn, and by nobody more often than `rule` allows, so that a
 * limit still spares the database. The call has no turn any more when it is refused.
 */
export async function orFirstResult<Output>(
  { access, limit, turns }: Pick<Deps, 'access' | 'limit' | 'turns'>,
  actor: Actor,
  { clientId, rule }: { clientId: string | undefined; rule: () => RateRule | null | Promise<RateRule | null> },
  call: () => Promise<Output>,
  firstResult: () => Promise<Output | undefined>,
): Promise<Output> {
  if (clientId === undefined) return call()
  try {
    return await call()
  } catch (refusal) {
    if (!(refusal instanceof ParleyError) || notAnswered.includes(refusal.code)) throw refusal
    await access.requireEnabled(actor)
    const most = await rule()
    const mayLook =
      most === null ||
      (await limit(most, `repeats:${actor.tenantId}:${actor.userId}`).then(
        () => true,
        () => false,
      ))
    const first = mayLook ? await turns.take(actor, firstResult) : undefined
    if (first === undefined) throw refusal
    return first
  }
}
