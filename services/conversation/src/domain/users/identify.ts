import type { Actor, Me } from '@parley/contracts'
import { requireAllowed, withStoredRole } from '../access.ts'
import type { Deps } from '../deps.ts'
import type { StoredUser } from '../ports/users.ts'
import { tellRenamed } from './tell-renamed.ts'

/** Who the actor is, as stored. Without `known`, what their token says is stored first. */
export async function identify(
  { store, access, tell }: Pick<Deps, 'store' | 'access' | 'tell'>,
  given: Actor,
  known?: StoredUser | null,
): Promise<Me> {
  const actor = await access.identify(given)
  const user = known ?? (await remember({ store, tell }, actor))
  if (actor.role !== 'service') requireAllowed(actor, user)
  const { userId, tenantId, role, hostRole } = withStoredRole(actor, user)
  return {
    userId,
    name: user.name,
    avatarUrl: user.avatarUrl,
    tenantId,
    role,
    hostRole,
    receipts: !user.receiptsHidden,
    presence: !user.presenceHidden,
  }
}

async function remember({ store, tell }: Pick<Deps, 'store' | 'tell'>, actor: Actor): Promise<StoredUser> {
  const { renamed, ...user } = await store.rememberUser(actor)
  if (renamed) tellRenamed(tell, actor.tenantId, [actor.userId])
  return user
}
