import type { Actor, Stats } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import type { Deps } from '../deps.ts'

export async function getStats({ store, online }: Deps, actor: Actor, { days = 7 }: { days?: number }): Promise<Stats> {
  requireAdmin(actor)
  return store.snapshot(actor.tenantId, async (uow) => {
    const { users, ...stats } = await uow.tenants.stats(days)
    return { ...stats, users: { ...users, online: online(actor.tenantId) }, at: await uow.now() }
  })
}
