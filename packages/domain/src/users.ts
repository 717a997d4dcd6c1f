import { type Actor, type Me, ParleyError } from '@parley/contracts'
import type { World } from './deps.ts'
import type { StoredUser } from './ports.ts'

/** Who the actor is, as stored. Without `known`, what their token says is stored first. */
export async function identify({ store }: World, actor: Actor, known?: StoredUser | null): Promise<Me> {
  const { name, avatarUrl, disabled } = known ?? (await store.rememberUser(actor))
  if (disabled) throw new ParleyError('forbidden', 'This account is disabled')
  const { userId, tenantId, role, hostRole } = actor
  return { userId, name, avatarUrl, tenantId, role, hostRole }
}
