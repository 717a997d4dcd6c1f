import { type Actor, ParleyError } from '@parley/contracts'

/** The host's backend, in the tenant of somebody. */
export const backendOf = (one: Actor): Actor => ({ ...one, userId: 'backend', role: 'service' })

/**
 * Repeats the call while it is refused as `unavailable`, as clients do: calls at one row that meet on a busy machine may wait
 * for its lock longer than the store lets them.
 */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (err) {
      if (!isBusy(err)) throw err
    }
  }
}

function isBusy(err: unknown): boolean {
  if (err instanceof AggregateError) return err.errors.every(isBusy)
  return err instanceof ParleyError && err.code === 'unavailable'
}

/** What a call is refused with, or ok. */
export const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (err) => err.code,
  )
