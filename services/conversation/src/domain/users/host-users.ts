import type { Actor, UpsertUser, User } from '@parley/contracts'
import { requireAdmin, requireService } from '../access.ts'
import { audit } from '../admin/audit.ts'
import type { Deps } from '../deps.ts'
import { invalidField, noSuchUser, requireOrdinaryId } from '../refusals.ts'

/** Stores what the host says of its users: all of them or, when one cannot be, none. */
export async function upsertUsers(
  { store }: Deps,
  actor: Actor,
  { users }: { users: UpsertUser[] },
): Promise<{ data: { user: User; created: boolean }[] }> {
  requireService(actor)
  const seen = new Set<string>()
  for (const [i, { userId }] of users.entries()) {
    const pointer = `/users/${i}/userId`
    requireOrdinaryId(userId, pointer)
    if (seen.has(userId)) throw invalidField(pointer, 'uniqueItems', 'is there twice')
    seen.add(userId)
  }
  return { data: await store.transaction(actor.tenantId, (uow) => uow.users.upsert(users)) }
}

/** What is stored of a user, for the host's backend and admins. */
export async function getHostUser({ store }: Deps, actor: Actor, { userId }: { userId: string }): Promise<User> {
  requireAdmin(actor)
  const user = await store.snapshot(actor.tenantId, ({ users }) => users.find(userId))
  if (!user) throw noSuchUser()
  return user
}

export async function getUserUnread(
  { store }: Deps,
  actor: Actor,
  { userId }: { userId: string },
): Promise<{ unreadCount: number }> {
  requireService(actor)
  const user = await store.snapshot(actor.tenantId, ({ users }) => users.find(userId))
  if (!user) throw noSuchUser()
  const { unreadCount } = await store.reads.session(
    { ...actor, userId, name: null, avatarUrl: null, hostRole: null },
    0,
  )
  return { unreadCount }
}

/**
 * Shuts a user out, or lets them in again. It holds the locks of all their conversations: what they sent before is before
 * it, and nothing is after.
 */
export async function setDisabled(
  { store, access, tell }: Deps,
  actor: Actor,
  { userId }: { userId: string },
  isDisabled: boolean,
): Promise<Record<string, never>> {
  requireAdmin(actor)
  await store.transaction(actor.tenantId, async (uow) => {
    if (!(await uow.users.find(userId))) throw noSuchUser()
    // users before conversations, as blocks have it: two that wait for each other would both fail
    await uow.users.lock([userId], 'refuse')
    await uow.conversations.lockOfUser(userId)
    await uow.users.setDisabled(userId, isDisabled)
    await audit(uow, actor, isDisabled ? 'user.disabled' : 'user.enabled', userId)
  })
  access.changed(actor.tenantId, userId, isDisabled)
  tell({ kind: 'user_changed', tenantId: actor.tenantId, userId, disabled: isDisabled })
  return {}
}
