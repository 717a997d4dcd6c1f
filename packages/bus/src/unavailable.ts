import { ParleyError } from '@parley/contracts'

/** Callers may try again after this; milliseconds. */
const RETRY_AFTER_MS = 500

/** The one failure of a bus that says: not certain, not your fault, try again. */
export function unavailable(message: string, cause?: unknown): ParleyError {
  return new ParleyError('unavailable', message, {
    retryAfterMs: RETRY_AFTER_MS,
    ...(cause !== undefined && { cause }),
  })
}
