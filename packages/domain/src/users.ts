import { type Actor, type Me, ParleyError } from '@parley/contracts'
import type { World } from './deps.ts'
import type { StoredUser } from './ports.ts'

/** Stores what the token says of its user when it says something new, and answers who they are. */
export async function rememberUser({ store }: World, actor: Actor, stored?: StoredUser | null): Promise<Me> {
  const user =
    stored && saysNothingNew(actor, stored)
      ? stored
      : await store.transaction(actor.tenantId, async ({ users }) => {
          const found = await users.find(actor.userId)
          return found && saysNothingNew(actor, found) ? found : users.remember(actor)
        })
  if (user.disabled) throw new ParleyError('forbidden', 'This account is disabled')
  return {
    userId: actor.userId,
    name: user.name,
    avatarUrl: user.avatarUrl,
    tenantId: actor.tenantId,
    role: actor.role,
    hostRole: actor.hostRole,
  }
}

/** A token need not say everything. */
function saysNothingNew(actor: Actor, stored: StoredUser): boolean {
  return (['name', 'avatarUrl', 'hostRole'] as const).every((key) => actor[key] === null || actor[key] === stored[key])
}
