import type { Actor, Block, ListBlocks, Page, UserProfile } from '@parley/contracts'
import { decodeUserCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { applyBlocks } from '../participants/apply-blocks.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchUser } from '../refusals.ts'

/**
 * Once this is answered, neither of the two can write where a block counts: in their direct conversation, and where the
 * policy says so in those of a context that only they are in. Nor does either draw the other into a conversation. Whom the actor has
 * ever met in one can be blocked; of others nobody learns whether they are there.
 */
export async function blockUser(
  deps: Deps,
  actor: Actor,
  { userId }: { userId: string },
): Promise<Record<string, never>> {
  if (userId === actor.userId) throw invalidField('/userId', 'self', 'is yourself')
  await change(deps, actor, userId, async (uow) => {
    if (!(await uow.participants.haveMet(actor.userId, userId))) throw noSuchUser()
    // Who starts a conversation with the other waits for this, and finds it.
    await uow.users.lock([actor.userId, userId], 'refuse')
    await uow.blocks.add(actor.userId, userId)
    return true
  })
  return {}
}

/** Takes it back. They can write again unless the other has blocked as well. */
export async function unblockUser(
  deps: Deps,
  actor: Actor,
  { userId }: { userId: string },
): Promise<Record<string, never>> {
  await change(deps, actor, userId, async (uow) => {
    // Who is nothing to the actor is not waited for, which would tell that they are there. Whom the actor has met is: an earlier
    // call may have failed half way.
    const isSomebody =
      (await uow.blocks.has(actor.userId, userId)) || (await uow.participants.haveMet(actor.userId, userId))
    if (!isSomebody) return false
    await uow.users.lock([actor.userId, userId], 'refuse')
    await uow.blocks.remove(actor.userId, userId)
    return true
  })
  return {}
}

/** Conversations that are marked in one transaction. */
const AT_ONCE = 250

/**
 * Changes a block, and marks the conversations of the two by it: the first of them, with the direct one, in the transaction of the
 * change, and of a pair that shares very many the others in transactions after it. Each marks by the block as it is then. What `work`
 * says has changed is told as it is committed, whatever becomes of those after it.
 */
async function change(
  { store, tell }: Deps,
  { tenantId, userId }: Actor,
  otherId: string,
  work: (uow: UnitOfWork) => Promise<boolean>,
): Promise<void> {
  const mark = async (uow: UnitOfWork, ids: readonly string[]) => {
    await uow.conversations.lockAll(ids)
    await applyBlocks(uow, ids)
  }
  const { ids, isChanged } = await store.transaction(tenantId, async (uow) => {
    const isChanged = await work(uow)
    const ids = await uow.conversations.ofPair(userId, otherId)
    await mark(uow, ids.slice(0, AT_ONCE))
    return { ids, isChanged }
  })
  if (isChanged) tell({ kind: 'block_changed', tenantId, userIds: [userId, otherId] })
  for (let from = AT_ONCE; from < ids.length; from += AT_ONCE)
    await store.transaction(tenantId, async (uow) => {
      await uow.users.lock([userId, otherId], 'refuse')
      await mark(uow, ids.slice(from, from + AT_ONCE))
    })
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
