import type { Actor, Stats } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import type { Deps } from '../deps.ts'
import { audit } from './audit.ts'

export async function getStats({ store, online }: Deps, actor: Actor, { days = 7 }: { days?: number }): Promise<Stats> {
  requireAdmin(actor)
  return store.snapshot(actor.tenantId, async (uow) => {
    const { users, ...stats } = await uow.tenants.stats(days)
    return { ...stats, users: { ...users, online: online(actor.tenantId) }, at: await uow.now() }
  })
}

/** To everybody of the tenant who is connected now. Whoever is not does not hear of it later. */
export async function broadcast(
  { store, newId, tell }: Deps,
  actor: Actor,
  { title = null, content }: { title?: string | null; content: string },
): Promise<{ id: string; at: string }> {
  requireAdmin(actor)
  const id = newId()
  const at = await store.transaction(actor.tenantId, async (uow) => {
    await audit(uow, actor, 'broadcast.sent', id, { title, content })
    return uow.now()
  })
  tell({ kind: 'broadcast', tenantId: actor.tenantId, broadcast: { id, title, content, at } })
  return { id, at }
}
