import type { Actor, Block, ListBlocks, Page, UserProfile } from '@parley/contracts'
import { decodeUserCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { applyBlocks } from '../participants/apply-blocks.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchUser } from '../refusals.ts'

/**
 * From the commit on, neither of the two can write where a block counts: in their direct conversation, and where the
 * policy says so in those of a context that only they are in. Nor does either draw the other into a conversation. Whom the actor has
 * ever met in one can be blocked; of others nobody learns whether they are there.
 */
export async function blockUser(
  { store }: Deps,
  actor: Actor,
  { userId }: { userId: string },
): Promise<Record<string, never>> {
  if (userId === actor.userId) throw invalidField('/userId', 'self', 'is yourself')
  await store.transaction(actor.tenantId, async (uow) => {
    if (!(await uow.participants.haveMet(actor.userId, userId))) throw noSuchUser()
    // Who starts a conversation with the other waits for this, and finds it.
    await uow.users.lock([actor.userId, userId], 'refuse')
    await uow.blocks.add(actor.userId, userId)
    await apply(uow, actor.userId, userId)
  })
  return {}
}

/** Takes it back. They can write again unless the other has blocked as well. */
export async function unblockUser(
  { store }: Deps,
  actor: Actor,
  { userId }: { userId: string },
): Promise<Record<string, never>> {
  await store.transaction(actor.tenantId, async (uow) => {
    // who is nothing to the actor is not waited for, which would tell that they are there
    if (!(await uow.blocks.has(actor.userId, userId))) return
    await uow.users.lock([actor.userId, userId], 'refuse')
    await uow.blocks.remove(actor.userId, userId)
    await apply(uow, actor.userId, userId)
  })
  return {}
}

async function apply(uow: UnitOfWork, oneId: string, otherId: string): Promise<void> {
  for (const { id } of await uow.conversations.lockOfPair(oneId, otherId)) await applyBlocks(uow, id)
}

/** Whom the actor has blocked, by user id. */
export async function listBlocks(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor }: ListBlocks,
): Promise<Page<Block>> {
  const after = cursor === undefined ? null : decodeUserCursor(cursor)
  const found = await store.snapshot(actor.tenantId, ({ blocks }) => blocks.list(actor.userId, after, limit + 1))
  const data = found.slice(0, limit)
  const hasMore = found.length > limit
  const last = data.at(-1)
  return { data, hasMore, nextCursor: hasMore && last ? encodeCursor([last.userId]) : null }
}

/**
 * A user whom the actor shares a conversation with, or themself; anybody who is not disabled where the policy says that
 * everyone is to be seen. Others are not theirs to know of.
 */
export async function getUser(
  { store, policies }: Deps,
  actor: Actor,
  { userId }: { userId: string },
): Promise<UserProfile> {
  const { visible } = (await policies.of(actor.tenantId)).users
  return store.snapshot(actor.tenantId, async (uow) => {
    const user = await uow.users.find(userId)
    const isOpen = visible === 'everyone' && user?.disabledAt === null
    const mayKnow =
      actor.role !== 'user' ||
      userId === actor.userId ||
      isOpen ||
      (await uow.participants.shareConversation(actor.userId, userId))
    if (!user || !mayKnow) throw noSuchUser()
    return { userId, name: user.name, avatarUrl: user.avatarUrl }
  })
}
