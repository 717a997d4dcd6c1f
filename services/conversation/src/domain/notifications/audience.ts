import type { Audience } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { admit } from './admit.ts'

/** What the notification worker asks; see the contract. */
export function createAudience(deps: Deps): Audience {
  return {
    admit: (actor, input) => admit(deps, actor, input),
    notificationRules: async ({ tenantId }) => ({ rules: (await deps.policies.of(tenantId)).notifications }),
  }
}
