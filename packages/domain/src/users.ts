import { type Actor, type Me, ParleyError } from '@parley/contracts'
import type { World } from './deps.ts'

/** Stores what the token says of its user, and answers who they are. */
export async function rememberUser({ store }: World, actor: Actor): Promise<Me> {
  const profile = await store.transaction(actor.tenantId, ({ users }) => users.remember(actor))
  if (profile.disabled) throw new ParleyError('forbidden', 'This account is disabled')
  return {
    userId: profile.userId,
    name: profile.name,
    avatarUrl: profile.avatarUrl,
    tenantId: actor.tenantId,
    role: actor.role,
    hostRole: actor.hostRole,
  }
}
