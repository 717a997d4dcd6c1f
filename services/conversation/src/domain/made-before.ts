import type { Actor } from '@parley/contracts'
import { bodyHash } from './body-hash.ts'
import type { UnitOfWork } from './ports.ts'
import { keyReused } from './refusals.ts'

export interface Making {
  operation: string
  /** Chosen by the caller; without one nothing has been made before. */
  clientId: string | undefined
  /** What makes the call another one. */
  body: unknown[]
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
