import type { Actor } from '@parley/contracts'

/** The host's backend, in the tenant of somebody. */
export const backendOf = (one: Actor): Actor => ({ ...one, userId: 'backend', role: 'service' })

/** What a call is refused with, or ok. */
export const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (err) => err.code,
  )
