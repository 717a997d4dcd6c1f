import type { Oversight } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import type { Deps } from '../deps.ts'
import { identify } from '../users/identify.ts'
import { audit } from './audit.ts'

/** What other services have for admins: who may, and what is written down of it; see the contract. */
export function createOversight(deps: Deps): Oversight {
  return {
    async mayAdminister(given, { about }) {
      const actor = await deps.access.enter(given)
      requireAdmin(actor)
      if (!about) return {}
      return deps.turns.take(actor, async () => {
        // the first call of theirs that comes here, perhaps, and of their tenant
        await identify(deps, actor)
        const { action, target, details } = about
        await deps.store.transaction(actor.tenantId, (uow) => audit(uow, actor, action, target, details))
        return {}
      })
    },
    async record(actor, { action, target, details }) {
      await deps.store.transaction(actor.tenantId, (uow) => audit(uow, actor, action, target, details))
      return {}
    },
  }
}
