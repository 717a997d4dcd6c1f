import { ParleyError } from '@parley/contracts'

/** Callers may try again after this; milliseconds. */
const RETRY_AFTER_MS = 500

const nobody = new WeakSet<object>()

/** Nothing was sent to anybody: the call may go elsewhere, whatever it does. */
export function nobodyServes(subject: string): ParleyError {
  const err = unavailable(`Nobody serves ${subject}`)
  nobody.add(err)
  return err
}

export const isNobodyServes = (err: unknown): boolean => err instanceof ParleyError && nobody.has(err)

const lost = new WeakSet<object>()

/** The connection went while the call was under way: whether it was done nobody can say. */
export function connectionLost(cause: unknown): ParleyError {
  const err = unavailable('The connection to NATS was lost', cause)
  lost.add(err)
  return err
}

export const isConnectionLost = (err: unknown): boolean => err instanceof ParleyError && lost.has(err)

/** The one failure of a bus that says: not certain, not your fault, try again. */
export function unavailable(message: string, cause?: unknown): ParleyError {
  return new ParleyError('unavailable', message, {
    retryAfterMs: RETRY_AFTER_MS,
    ...(cause !== undefined && { cause }),
  })
}
