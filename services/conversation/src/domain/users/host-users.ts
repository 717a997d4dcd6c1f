import type { Actor, UpsertUser, User } from '@parley/contracts'
import { requireAdmin, requireService } from '../access.ts'
import { audit, auditLook } from '../admin/audit.ts'
import { keepPictures } from '../attachments/pictures.ts'
import type { Deps } from '../deps.ts'
import { keptName } from '../kept-text.ts'
import { invalidField, noSuchUser, requireOrdinaryId } from '../refusals.ts'
import { letPass } from './let-pass.ts'
import { tellRenamed } from './tell-renamed.ts'

/** Stores what the host says of its users: all of them or, when one cannot be, none. */
export async function upsertUsers(
  deps: Deps,
  actor: Actor,
  { users }: { users: UpsertUser[] },
): Promise<{ data: { user: User; created: boolean }[] }> {
  requireService(actor)
  const { store, access, tell } = deps
  const seen = new Set<string>()
  for (const [i, { userId }] of users.entries()) {
    const pointer = `/users/${i}/userId`
    requireOrdinaryId(userId, pointer)
    if (seen.has(userId)) throw invalidField(pointer, 'uniqueItems', 'is there twice')
    seen.add(userId)
  }
  const kept = users.map((user) => (user.name === undefined ? user : { ...user, name: keptName(user.name) }))
  await keepPictures(
    deps,
    actor,
    kept.map(({ avatarUrl }) => avatarUrl),
  )
  const upserted = await store.transaction(actor.tenantId, (uow) => uow.users.upsert(kept))
  for (const { userId, role } of kept) if (role !== undefined) access.changed(actor.tenantId, userId)
  const renamed = upserted.flatMap(({ user, renamed }) => (renamed ? [user.userId] : []))
  tellRenamed(tell, actor.tenantId, renamed)
  return { data: upserted.map(({ user, created }) => ({ user, created })) }
}

/** What is stored of a user, for the host's backend and admins. */
export async function getHostUser({ store }: Deps, actor: Actor, { userId }: { userId: string }): Promise<User> {
  requireAdmin(actor)
  return store.transaction(actor.tenantId, async (uow) => {
    const user = await uow.users.find(userId)
    if (!user) throw noSuchUser()
    // the host reads what it has said itself
    if (actor.role === 'admin') await auditLook(uow, actor, 'user.read', userId)
    return user
  })
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
 * Shuts a user out, or lets them in again. Once it is answered, nothing of somebody shut out comes any more: it has held the lock
 * of each of their conversations since, and whatever of theirs was on its way has been stored before that, or was refused.
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
    await uow.users.lock([userId], 'refuse')
    await uow.users.setDisabled(userId, isDisabled)
    await audit(uow, actor, isDisabled ? 'user.disabled' : 'user.enabled', userId)
  })
  access.changed(actor.tenantId, userId)
  tell({ kind: 'user_changed', tenantId: actor.tenantId, userId, disabled: isDisabled })
  if (!isDisabled) return {}
  await letPass(store, actor.tenantId, userId)
  return {}
}
