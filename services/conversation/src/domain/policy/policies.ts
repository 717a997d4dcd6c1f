import type { Policy, PolicySettings } from '@parley/contracts'
import { Memo } from '../memo.ts'
import type { Store } from '../ports.ts'
import { effectivePolicy } from './effective-policy.ts'

/** Whoever missed that a policy was changed goes by the old one for at most three times this long. Milliseconds. */
const FRESH_MS = 5_000
const MAX_REMEMBERED = 10_000

/** The policies of the tenants, remembered for a moment: every call asks. */
export interface Policies {
  /** The policy itself when it is remembered, so that the hot path waits for nothing. */
  of(tenantId: string): Policy | Promise<Policy>
  /** What these settings come to. */
  effective(settings: PolicySettings): Policy
  /** It was changed. */
  forget(tenantId: string): void
}

/** `unset`: what holds in this process where a tenant has set nothing, before what a preset says. */
export function createPolicies(store: Store, unset: PolicySettings = {}): Policies {
  const known = new Memo<Policy>({ max: MAX_REMEMBERED, freshMs: FRESH_MS })
  const effective = (settings: PolicySettings) => effectivePolicy(settings, unset)
  const ask = async (tenantId: string) => effective(await store.snapshot(tenantId, ({ tenants }) => tenants.settings()))
  return {
    of: (tenantId) => known.getWhileRefreshing(tenantId, () => ask(tenantId)),
    effective,
    forget: (tenantId) => known.delete(tenantId),
  }
}
