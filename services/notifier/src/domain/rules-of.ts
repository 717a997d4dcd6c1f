import type { Audience } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import type { RulesOf } from './ports/preferences.ts'
import { workerOf } from './worker.ts'

/** Whoever missed that rules were changed goes by the old ones for at most so long. Milliseconds. */
const FRESH_MS = 5_000
const MAX_REMEMBERED = 10_000

/** What the tenants' rules say of notifications, remembered for a moment. */
export function createRulesOf(audience: Pick<Audience, 'notificationRules'>): RulesOf {
  const known = new LRUCache<string, ReturnType<RulesOf>>({ max: MAX_REMEMBERED, ttl: FRESH_MS })
  return (tenantId) => {
    const remembered = known.get(tenantId)
    if (remembered) return remembered
    const asked = audience.notificationRules(workerOf(tenantId), {}).then(({ rules }) => rules)
    known.set(tenantId, asked)
    // what failed is asked again
    asked.catch(() => known.delete(tenantId))
    return asked
  }
}
