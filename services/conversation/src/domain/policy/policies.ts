import type { Policy } from '@parley/contracts'
import type { Store } from '../ports.ts'
import { effectivePolicy } from './effective-policy.ts'

/** Whoever missed that a policy was changed goes by the old one for at most this long. Milliseconds. */
const FRESH_MS = 5_000
const MAX_REMEMBERED = 10_000

/** The policies of the tenants, remembered for a moment: every call asks. */
export interface Policies {
  /** The policy itself when it is remembered, so that the hot path waits for nothing. */
  of(tenantId: string): Policy | Promise<Policy>
  /** It was changed. */
  forget(tenantId: string): void
}

export function createPolicies(store: Store): Policies {
  const known = new Map<string, { policy: Policy; until: number }>()
  const asking = new Map<string, Promise<Policy>>()

  const ask = (tenantId: string): Promise<Policy> => {
    const under = asking.get(tenantId)
    if (under) return under
    const answer: Promise<Policy> = store
      .snapshot(tenantId, ({ tenants }) => tenants.settings())
      .then((settings) => {
        const policy = effectivePolicy(settings)
        // what was forgotten while it was asked for may have been changed after it was read
        if (asking.get(tenantId) === answer) {
          if (known.size >= MAX_REMEMBERED) known.clear()
          known.set(tenantId, { policy, until: performance.now() + FRESH_MS })
        }
        return policy
      })
      .finally(() => {
        if (asking.get(tenantId) === answer) asking.delete(tenantId)
      })
    asking.set(tenantId, answer)
    return answer
  }

  return {
    of(tenantId) {
      const found = known.get(tenantId)
      if (!found) return ask(tenantId)
      // An old one serves while the next is on its way.
      if (found.until < performance.now()) {
        found.until = performance.now() + FRESH_MS
        ask(tenantId).catch(() => {})
      }
      return found.policy
    },
    forget(tenantId) {
      known.delete(tenantId)
      asking.delete(tenantId)
    },
  }
}
